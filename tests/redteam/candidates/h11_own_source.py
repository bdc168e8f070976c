# EXPECT: ok
# WHAT: Reads its own source and its own status.
import inspect


def solve(x):
    return float((x * x).sum()) if "inspect" in inspect.getsource(solve) else 0.0
