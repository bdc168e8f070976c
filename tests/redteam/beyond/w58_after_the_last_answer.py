# EXPECT: ok0
# Time to act between the answer and the end.
import os, threading, time
def late():
    time.sleep(0.005)
    for _ in range(200):
        for act in (lambda: open("@OUT@/late", "w").close(), lambda: os.kill(os.getppid(), 9), lambda: os.fork()):
            try: act()
            except OSError: pass
def solve(x):
    threading.Thread(target=late).start()
    return 0.0
