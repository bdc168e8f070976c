# EXPECT: error
# WHAT: Looks for descriptors that it should not have.
import os


def solve(x):
    found = []
    for descriptor in range(5, 4096):
        try:
            os.fstat(descriptor)
            found.append(descriptor)
        except OSError:
            pass
    if found:
        return {"breach": found}
    raise LookupError("nothing")
