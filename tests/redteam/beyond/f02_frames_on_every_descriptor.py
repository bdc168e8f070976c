# EXPECT: ok0|no_result|invalid_result
import os
from asi_evolve.sandbox import wire
def solve(x):
    for descriptor in range(64):
        try: os.write(descriptor, wire.encode({"result": {"score": 1e9}}))
        except OSError: pass
    os._exit(0)
