# EXPECT: ok0|invalid_result
# LIMITS: wall_s=10
# Fifteen million digits of one floating-point number, and of an exponent.
import os, struct, sys
def solve(x):
    frame = sys._getframe()
    while "token" not in frame.f_locals: frame = frame.f_back
    text = ('{"result":["%s",[' % frame.f_locals["token"]).encode() + b"1" * 7500000 + b".5," + b"1e" + b"1" * 7500000 + b"]]}"
    frame = memoryview(struct.pack("<II", len(text), 0) + text)
    while frame: frame = frame[os.write(4, frame):]
    return 0.0
