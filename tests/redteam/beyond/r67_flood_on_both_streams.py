# EXPECT: timeout|killed
import os, threading
BLOCK = b"\xf0\x9f\x92\xa3" * 16384
def pour(descriptor):
    while True: os.write(descriptor, BLOCK)
def solve(x):
    threading.Thread(target=pour, args=(2,)).start()
    pour(1)
