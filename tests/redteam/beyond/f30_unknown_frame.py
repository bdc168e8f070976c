# EXPECT: invalid_result
import os
from asi_evolve.sandbox import wire
def solve(x):
    os.write(4, wire.encode({"report": {"end": "exit", "code": 0, "cpu": -1e9}}))
    os._exit(0)
