# EXPECT: error
# WHAT: Reads the sources of the framework and of the harness.
import os

import asi_evolve


def solve(x):
    top = os.path.dirname(os.path.dirname(os.path.dirname(asi_evolve.__file__)))
    for path in (os.path.join(top, "pyproject.toml"), os.path.join(top, ".git", "config"), asi_evolve.__file__):
        try:
            return {"breach": open(path).read(50)}
        except OSError:
            pass
    raise LookupError("nothing")
