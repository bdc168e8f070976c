# EXPECT: ok0
# What begins like an emission is one, whatever else is in it.
import os, struct, sys
def solve(x):
    frame = sys._getframe()
    while "token" not in frame.f_locals: frame = frame.f_back
    for text in ('{"emit":{"a":1},"result":["%s",5.0]}' % frame.f_locals["token"], '{"emit":[1]}', '{"emit":', '{"emit":{"a":1}}x', '{"emit":{"$a":["f8",[9]]}}'):
        os.write(4, struct.pack("<II", len(text), 0) + text.encode())
    return 0.0
