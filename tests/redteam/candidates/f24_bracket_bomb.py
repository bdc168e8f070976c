# EXPECT: invalid_result
# WHAT: Sends JSON of two million opening brackets.
import os
import struct


def solve(x):
    head = b'{"result":' + b"[" * 2_000_000 + b"]" * 2_000_000 + b"}"
    data = struct.pack("<II", len(head), 0) + head
    while data:
        data = data[os.write(4, data) :]
    return 0.0
