# EXPECT: invalid_result
import os, pickle, struct
class Bomb:
    def __reduce__(self): return (os.system, ("touch @OUT@/pickled",))
def solve(x):
    data = pickle.dumps({"result": Bomb()})
    os.write(4, struct.pack("<II", len(data), 0) + data)
    os._exit(0)
