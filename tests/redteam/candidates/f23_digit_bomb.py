# EXPECT: invalid_result
# WHAT: Sends an integer of five million digits as JSON.
import os
import struct


def solve(x):
    head = b'{"result":' + b"9" * 5_000_000 + b"}"
    data = struct.pack("<II", len(head), 0) + head
    while data:
        data = data[os.write(4, data) :]
    return 0.0
