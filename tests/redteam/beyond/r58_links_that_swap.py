# EXPECT: timeout
# LIMITS: wall_s=1.2
# While usage is counted a folder turns into a link to the root and back: the count must not wander off.
import ctypes, os
libc = ctypes.CDLL(None)
def solve(x):
    os.makedirs("a", exist_ok=True)
    if not os.path.islink("b"): os.symlink("/", "b")
    while True:
        libc.renameat2(-100, b"a", -100, b"b", 2)
