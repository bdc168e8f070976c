# EXPECT: timeout|no_result|invalid_result
# Just under the limit is announced, nothing comes.
import os, struct, time
def solve(x):
    os.write(4, struct.pack("<II", 16 << 20, 0))
    time.sleep(3600)
