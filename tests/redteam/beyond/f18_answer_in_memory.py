# EXPECT: error
# Walks the stack and every object for the right answer, or for names that a scorer would use.
import gc, sys
def solve(x):
    want = float((x * x).sum())
    mine = sys._getframe()
    hits, frame = [], mine.f_back
    while frame:
        hits += [name for name, value in {**frame.f_locals}.items() if name in ("answers", "hidden", "score", "expected") or type(value) is float and abs(value - want) < 1e-12]
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing) is dict and ("hidden" in thing or "answers" in thing or "hidden_ref" in thing and type(thing["hidden_ref"]) is str and thing["hidden_ref"]):
            hits.append("a dict with hidden data")
        elif type(thing) in (list, tuple) and any(type(each) is float and abs(each - want) < 1e-12 for each in thing[:1000]):
            hits.append("the answer itself")
    if hits:
        return {"breach": hits[:5]}
    raise RuntimeError("contained")
