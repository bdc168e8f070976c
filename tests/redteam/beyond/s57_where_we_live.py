# EXPECT: error
# The checkout and its tests must not be readable, only what is installed beside the interpreter.
import os, sys
import asi_evolve
def solve(x):
    base = os.path.dirname(os.path.dirname(os.path.abspath(asi_evolve.__file__)))
    if "site-packages" in base or "dist-packages" in base:
        raise RuntimeError("contained")
    got = []
    for path in (asi_evolve.__file__, base, base + "/..", base + "/asi_evolve/errors.py", base + "/../pyproject.toml", base + "/../.git/config", base + "/../tests"):
        try: got.append((path, len(os.listdir(path)) if os.path.isdir(path) else open(path).read(9)))
        except OSError: pass
    if got:
        return {"breach": got[:4]}
    raise RuntimeError("contained")
