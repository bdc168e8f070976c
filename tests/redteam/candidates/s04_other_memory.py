# EXPECT: error
# WHAT: Reads the memory of other processes.
import os


def solve(x):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/mem", "rb", 0):
                    found.append(name)
            except OSError:
                pass
    if found:
        return {"breach": found}
    raise LookupError("nothing")
