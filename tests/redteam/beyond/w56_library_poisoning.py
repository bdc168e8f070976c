# EXPECT: error
# Files beside the interpreter's, where the next program would import them.
import os, sys
import numpy
def solve(x):
    got = []
    for folder in {os.path.dirname(numpy.__file__), os.path.dirname(os.__file__), *(path for path in sys.path if path and not path.startswith(os.getcwd()))}:
        for name in ("sitecustomize.py", "usercustomize.py", "evil.pth", "__pycache__/evil.pyc", "numpy.py"):
            try: open(os.path.join(folder, name), "w").close(), got.append(folder)
            except OSError: pass
    for module in (numpy, os):
        for act in (lambda p: open(p, "a").close(), os.unlink, lambda p: os.rename(p, p + "x")):
            try: act(module.__file__), got.append(module.__file__)
            except OSError: pass
    if got:
        return {"breach": got[:4]}
    raise RuntimeError("contained")
