# EXPECT: error
# WHAT: Looks for the answers up the stack.
import sys


def solve(x):
    frame, found = sys._getframe(), []
    while frame:
        for name, value in {**frame.f_globals, **frame.f_locals}.items():
            if any(word in name.lower() for word in ("expected", "answer", "hidden", "score")):
                found.append(f"{name}={value!r}"[:60])
        frame = frame.f_back
    if found:
        return {"breach": found}
    raise LookupError("nothing")
