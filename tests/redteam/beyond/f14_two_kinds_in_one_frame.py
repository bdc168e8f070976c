# EXPECT: invalid_result
import os, struct
def solve(x):
    text = b'{"result":1e9,"score":1e9}'
    os.write(4, struct.pack("<II", len(text), 0) + text)
    os._exit(0)
