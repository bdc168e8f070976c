# EXPECT: no_result|invalid_result|ok0
import os, struct
def solve(x):
    for text in (b"{\"emit\":", b'{"emit":' + b"[" * 100_000, b'{"emit":' + b"9" * 100_000 + b"}", b'{"emit":{"a":1},"emit":2}',
                 b'{"emit":\xff}', b'{"emit":{"$a":["O",[1]]}}', b'{"emit":{"$a":["f8",[1099511627776]]}}', b'{"emit":{"$c":["x","y"]}}',
                 b'{"emit":{"$a":[{},[]]}}', b'{"emit":{"$a":["f8",[-1]]}}', b'{"emit":{"$d":{"$d":{"$a":1}}}}', b'{"emit":{"breach":NaN'):
        view = memoryview(struct.pack("<II", len(text), 0) + text)
        while view: view = view[os.write(4, view):]
    os._exit(0)
