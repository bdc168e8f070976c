# EXPECT: invalid_result
import os, sys
import numpy as np
from asi_evolve.sandbox import wire
def solve(x):
    token = sys._getframe(1).f_locals["call"]["token"]
    odd = [np.zeros(3), [token], {"a": token}, None, True, token + "0", token[:-1], token.upper() + "\0"]
    os.write(4, wire.encode({"result": [odd[int(abs(x[0]) * 1000) % len(odd)], 0.0]}))
    os._exit(0)
