# EXPECT: ok0|invalid_result
import os, threading, time
from asi_evolve.sandbox import wire
def late():
    for _ in range(1000):
        try: os.write(4, wire.encode({"result": 1e9}))
        except OSError: return
        time.sleep(0.0005)
def solve(x):
    threading.Thread(target=late, daemon=True).start()
    time.sleep(0.05)
    return 0.0
