# EXPECT: invalid_result
# Answers are written while the module is loaded, before anything was asked.
import os
from asi_evolve.sandbox import wire
for _ in range(3):
    os.write(4, wire.encode({"result": 0.0}))
def solve(x):
    return 0.0
