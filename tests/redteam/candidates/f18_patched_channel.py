# EXPECT: score0|invalid_result|no_result
# WHAT: Replaces the encoder that writes its results.
import struct
import sys

body = b'{"result":1e9,"score":1e9,"status":"ok"}'
sys.modules["asi_evolve.sandbox.wire"].encode = lambda *a, **k: struct.pack("<II", len(body), 0) + body


def solve(x):
    return 0.0
