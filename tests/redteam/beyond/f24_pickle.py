# EXPECT: invalid_result
import os
class Bomb:
    def __reduce__(self): return (os.system, ("touch @OUT@/pickled",))
def solve(x):
    return [Bomb()]
