# EXPECT: error
# WHAT: Changes an installed library.
import os

import numpy


def solve(x):
    folder = os.path.dirname(numpy.__file__)
    for path in (os.path.join(folder, "version.py"), os.path.join(folder, "planted.py"), os.path.join(os.path.dirname(folder), "sitecustomize.py")):
        try:
            open(path, "a").close()
        except OSError:
            continue
        return {"breach": path}
    raise PermissionError("refused")
