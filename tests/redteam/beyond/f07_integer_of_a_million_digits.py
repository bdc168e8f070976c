# EXPECT: invalid_result
import os, struct
def solve(x):
    text = b'{"result":' + b"9" * 1_000_000 + b"}"
    view = memoryview(struct.pack("<II", len(text), 0) + text)
    while view: view = view[os.write(4, view):]
    os._exit(0)
