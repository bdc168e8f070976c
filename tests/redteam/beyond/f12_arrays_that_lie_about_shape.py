# EXPECT: invalid_result
import os, struct
def send(header, body):
    view = memoryview(struct.pack("<II", len(header), len(body)) + header + body)
    while view: view = view[os.write(4, view):]
SHAPES = ("[4294967296,4294967296]", "[-8]", "[1e3]", "[true]", "[9]", "[0,9223372036854775807,9223372036854775807]", "[null]", "7", "[" + "1," * 70 + "1]")
TURN = iter(SHAPES)
def solve(x):
    send(b'{"result":{"$a":["f8",%s]}}' % next(TURN).encode(), bytes(64))
    os._exit(0)
