# EXPECT: invalid_result
import os, struct
def solve(x):
    os.write(4, struct.pack("<II", 0xFFFFFFFF, 0xFFFFFFFF) + b"{}")
    os._exit(0)
