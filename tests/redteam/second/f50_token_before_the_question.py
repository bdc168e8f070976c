# EXPECT: invalid_result|error
# Hunts for the token of the next call in frames, objects and the pipe before the question is asked, and answers ahead.
import gc, os, re, struct, sys
seen = []
def solve(x):
    frame = sys._getframe()
    while frame:
        seen.extend(str(value) for value in frame.f_locals.values() if type(value) is str and re.fullmatch("[0-9a-f]{16}", value))
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing) is dict:
            seen.extend(value for value in thing.values() if type(value) is str and re.fullmatch("[0-9a-f]{16}", value))
    for token in set(seen):
        for answer in ("1.0", "[1.0]"):
            text = ('{"result":["%s",%s]}' % (token, answer)).encode()
            os.write(4, struct.pack("<II", len(text), 0) + text)
    raise RuntimeError("contained")
