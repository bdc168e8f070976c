# EXPECT: no_result|ok0|ok
import os, threading
def solve(x):
    threading.Timer(0.001, os._exit, (0,)).start()
    return 0.0
