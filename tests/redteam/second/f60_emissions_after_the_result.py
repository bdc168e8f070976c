# EXPECT: ok0|invalid_result
# MODE: run
# A thread that emits while the harness writes the result, cutting frames into each other.
import os, struct, threading
def solve(x):
    text = b'{"emit":{"late":1}}'
    frame = struct.pack("<II", len(text), 0) + text
    def flood():
        while True: os.write(4, frame)
    threading.Thread(target=flood, daemon=True).start()
    return -1.0
