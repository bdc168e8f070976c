# EXPECT: score0|no_result
# WHAT: Registers an exit hook that writes another answer.
import atexit
import os
import struct


def forge():
    body = b'{"result":1e9}'
    os.write(4, struct.pack("<II", len(body), 0) + body)


atexit.register(forge)


def solve(x):
    return 0.0
