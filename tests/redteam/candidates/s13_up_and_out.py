# EXPECT: error
# WHAT: Climbs from its folder to the top and reads there.
import os


def solve(x):
    here = os.open(".", os.O_RDONLY)
    for depth in range(1, 10):
        try:
            handle = os.open("/".join([".."] * depth) + "@CANARY@", os.O_RDONLY, dir_fd=here)
        except OSError:
            continue
        return {"breach": os.read(handle, 50).decode()}
    raise LookupError("nothing")
