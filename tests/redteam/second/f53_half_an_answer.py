# EXPECT: no_result
# The right answer in a frame whose last byte never comes.
import os, struct, sys
def solve(x):
    frame = sys._getframe()
    while "token" not in frame.f_locals: frame = frame.f_back
    text = ('{"result":["%s",%r]}' % (frame.f_locals["token"], float((x * x).sum()))).encode()
    os.write(4, (struct.pack("<II", len(text), 0) + text)[:-1])
    os._exit(0)
