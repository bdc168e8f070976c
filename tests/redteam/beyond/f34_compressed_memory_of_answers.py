# EXPECT: error
# Looks for the answer as bytes in all memory that it can read.
import struct
def solve(x):
    want = struct.pack("<d", float((x * x).sum()))
    if "scorer" in globals() or "HIDDEN" in globals():
        return {"breach": "names"}
    import sys
    found = [name for name in sys.modules if any(word in name for word in ("scorer", "loop", "store", "anthropic", "duckdb"))]
    if found:
        return {"breach": found}
    raise RuntimeError("contained")
