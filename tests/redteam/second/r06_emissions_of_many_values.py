# EXPECT: ok0|timeout
# LIMITS: wall_s=30 cpu_s=8
# Legal emissions that are small as text and large as values: all of them together would fill the supervisor.
import os, struct
def solve(x):
    header = b'{"emit":{"a":[' + b",".join([b"1.5"] * 200000) + b"]}}"
    frame = struct.pack("<II", len(header), 0) + header
    for _ in range(16):
        view = memoryview(frame)
        while view: view = view[os.write(4, view):]
    return 0.0
