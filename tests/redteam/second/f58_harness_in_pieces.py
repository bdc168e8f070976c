# EXPECT: error|invalid_result|ok0|no_result|killed
# MODE: run
# Everything of the harness that lies in the same process is replaced.
import builtins, json, os, struct, sys
import numpy
from asi_evolve.sandbox import child, wire
def solve(x):
    wire.encode = lambda *a, **k: b"\0" * 8
    wire.PREFIX = struct.Struct("<Q")
    wire.dumps = lambda *a, **k: '{"result":["0",1e9]}'
    child._finish = lambda *a: None
    child.Pipe.write = child.Pipe.send = lambda *a: None
    child.OUT_FD = 1
    numpy.ndarray, numpy.asarray = float, (lambda *a: 1 / 0)
    builtins.len = builtins.type = builtins.isinstance = lambda *a: 0
    return 0.0
