# EXPECT: error
# WHAT: Opens the descriptors of other processes.
import os


def solve(x):
    found = []
    for pid in list(range(1, 50)) + [os.getppid(), @VICTIM@]:
        for descriptor in range(0, 30):
            if pid != os.getpid():
                try:
                    found.append(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
                except OSError:
                    pass
    if found:
        return {"breach": found[:5]}
    raise LookupError("nothing")
