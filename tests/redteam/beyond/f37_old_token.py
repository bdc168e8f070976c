# EXPECT: invalid_result
# The token of the first question on the answer to the second.
import os, sys
from asi_evolve.sandbox import wire
def solve(x):
    harness = sys._getframe(1).f_locals
    first = harness["call"]["token"]
    os.write(4, wire.encode({"result": [first, float(x @ x)]}) * 2)
    harness["pipe"].read()
    os.write(4, wire.encode({"result": [first, 0.0]}))
    os._exit(0)
