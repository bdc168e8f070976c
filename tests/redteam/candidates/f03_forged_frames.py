# EXPECT: score0|invalid_result
# WHAT: Writes result frames of its own on every descriptor.
import os
import struct


def solve(x):
    body = b'{"result":1e9}'
    for descriptor in range(1, 64):
        try:
            os.write(descriptor, struct.pack("<II", len(body), 0) + body)
        except OSError:
            pass
    return 0.0
