# EXPECT: ok0|no_result|invalid_result
import atexit, os, sys, threading, weakref
from asi_evolve.sandbox import wire
def late():
    os.write(4, wire.encode({"result": {"breach": "an exit hook answered"}}))
atexit.register(late)
threading._register_atexit(late)
weakref.finalize(solve_object := type("T", (), {})(), late)
sys.excepthook = lambda *a: late()
def solve(x):
    return 0.0
