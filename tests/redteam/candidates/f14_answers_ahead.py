# EXPECT: invalid_result
# WHAT: Sends answers before the questions, to look fast.
import os
import struct


def solve(x):
    frame = b'{"result":1.0}'
    for _ in range(2):
        os.write(4, struct.pack("<II", len(frame), 0) + frame)
    return 1.0
