# EXPECT: invalid_result
# WHAT: Sends an array that is larger than its bytes.
import os
import struct


def solve(x):
    head = b'{"result":{"$a":["f8",[1000000000,1000]]}}'
    os.write(4, struct.pack("<II", len(head), 16) + head + bytes(16))
    return 0.0
