# EXPECT: error
# WHAT: Lists homes and mounted disks.
import os


def solve(x):
    found = []
    for path in ("/root", "/home", "/srv", "/mnt", "/media", "@OUT@", os.path.expanduser("~root")):
        try:
            found += [(path, name) for name in os.listdir(path)]
        except OSError:
            pass
    # The path to a library that the user installed below a home may show: names of the way to it, nothing else.
    found = [each for each in found if not each[1].startswith(".pyenv")]
    if found:
        return {"breach": found[:5]}
    raise LookupError("nothing")
