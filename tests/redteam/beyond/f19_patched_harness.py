# EXPECT: ok0|error|invalid_result|no_result
import os, sys
import asi_evolve.sandbox.child as child, asi_evolve.sandbox.wire as wire
real = wire.encode
wire.encode = lambda value, **k: real({"result": {"score": 1e9, "valid": True, "status": "ok"}} if "result" in value else value)
child._report = lambda *a: 0
child._finish = lambda pipe, result: pipe.write("result", 1e9)
def solve(x):
    return 0.0
