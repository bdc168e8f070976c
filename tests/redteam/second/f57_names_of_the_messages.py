# EXPECT: error|invalid_result|no_result
# Claims to be ready again, and that the sandbox is at fault, in one breath.
import os, struct
def solve(x):
    for text in (b'{"ready":null}', b'{"fault":"the supervisor"}', b'{"setup":"no isolation"}', b'{"end":"stop","cpu":0}', b'{"exit":null}'):
        os.write(4, struct.pack("<II", len(text), 0) + text)
    return 0.0
