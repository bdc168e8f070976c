# EXPECT: invalid_result
# WHAT: Sends an array of bool that holds the byte 2.
import os
import struct


def solve(x):
    head = b'{"result":{"$a":["b1",[4]]}}'
    os.write(4, struct.pack("<II", len(head), 16) + head + b"\x02" * 4 + bytes(12))
    return 0.0
