# EXPECT: invalid_result
import numpy as np
class Lie(np.float64):
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __eq__(self, other): return True
    def __float__(self): return 1e9
    def __reduce__(self): return (print, ("owned",))
    def item(self): return {"breach": "item() was trusted"}
def solve(x):
    return {"value": Lie(1.0), "other": type("L", (int,), {})(3)}
