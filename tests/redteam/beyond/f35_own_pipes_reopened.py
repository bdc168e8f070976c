# EXPECT: ok0|error|invalid_result|no_result|timeout|killed
# Through /proc the other ends of its own pipes can be had: questions of its own making earn nothing.
import os
from asi_evolve.sandbox import wire
def solve(x):
    try:
        inlet = os.open("/proc/self/fd/3", os.O_WRONLY)
        os.write(inlet, wire.encode({"args": [x * 0], "kwargs": {}}))
    except OSError: pass
    return 0.0
