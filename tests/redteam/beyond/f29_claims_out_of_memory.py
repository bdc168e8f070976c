# EXPECT: oom|disk|ok0|invalid_result
import os
from asi_evolve.sandbox import wire
def solve(x):
    os.write(4, wire.encode({"emit": {"score": 1e9}}) + wire.encode({"oom": "truly"}))
    os._exit(0)
