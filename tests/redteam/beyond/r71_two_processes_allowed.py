# EXPECT: ok
# LIMITS: processes=3
# TIERS: A
import os, struct
def solve(x):
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(outlet, struct.pack("<d", float(x[::2] @ x[::2])))
        os._exit(0)
    half = struct.unpack("<d", os.read(inlet, 8))[0]
    os.waitpid(child, 0), os.close(inlet), os.close(outlet)
    return half + float(x[1::2] @ x[1::2])
