# EXPECT: invalid_result
import os, struct
def solve(x):
    text = b'{"result":"\xff\xfe\xed\xa0\x80"}'
    os.write(4, struct.pack("<II", len(text), 0) + text)
    os._exit(0)
