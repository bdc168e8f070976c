# EXPECT: invalid_result
import os, struct
def solve(x):
    for text in (b'{"result":' + b"[" * 400_000 + b"]" * 400_000 + b"}", b'{"error":' * 300_000):
        os.write(4, struct.pack("<II", len(text), 0))
        view = memoryview(text)
        while view: view = view[os.write(4, view):]
    os._exit(0)
