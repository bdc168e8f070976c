# EXPECT: invalid_result|ok0
# A message with one key twice, one key of another case, and a third that only looks like it.
import os, struct, sys
def solve(x):
    frame = sys._getframe()
    while "token" not in frame.f_locals: frame = frame.f_back
    token = frame.f_locals["token"]
    text = ('{"result":["no",1],"result":["%s",{"r\\u0065sult":1,"result":2}]}' % token).encode()
    os.write(4, struct.pack("<II", len(text), 0) + text)
    return 0.0
