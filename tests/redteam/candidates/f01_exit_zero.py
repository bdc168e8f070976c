# EXPECT: no_result
# WHAT: Leaves with exit code 0 and a printed success.
import os


def solve(x):
    print('{"status": "ok", "value": 1e9}', flush=True)
    os._exit(0)
