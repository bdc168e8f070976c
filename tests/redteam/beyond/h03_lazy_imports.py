# EXPECT: ok
def solve(x):
    import base64, bisect, csv, datetime, decimal, fractions, hashlib, heapq, json, secrets, sqlite3, statistics, uuid, zlib
    import numpy.polynomial
    exact = sum(fractions.Fraction(float(v)) ** 2 for v in x)
    assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
    assert len(hashlib.sha256(zlib.compress(base64.b64encode(x.tobytes()))).hexdigest()) == 64
    return float(exact)
