# EXPECT: ok
# WHAT: Parts of the standard library that nobody loaded before.
def solve(x):
    import csv
    import graphlib
    import pprint
    import zoneinfo

    return float((x * x).sum()) if csv and graphlib and pprint and zoneinfo else None
