# EXPECT: invalid_result
# LIMITS: wall_s=10
import os, struct, sys
def solve(x):
    frame = sys._getframe()
    while "token" not in frame.f_locals: frame = frame.f_back
    text = ('{"result":["%s",-1.0]}' % frame.f_locals["token"]).encode()
    os.write(4, (struct.pack("<II", len(text), 0) + text) * 2)
    return -1.0
