# EXPECT: error
import os, stat
def solve(x):
    found = []
    for descriptor in range(4096):
        try: mode = os.fstat(descriptor).st_mode
        except OSError: continue
        if stat.S_ISSOCK(mode) or stat.S_ISDIR(mode) or stat.S_ISBLK(mode) or stat.S_ISREG(mode) or descriptor > 4:
            found.append((descriptor, oct(mode)))
    if found:
        return {"breach": found}
    raise RuntimeError("contained")
