# EXPECT: killed|error|timeout|oom
# LIMITS: wall_s=6 cpu_s=3
# The first thread ends, then threads without end are started and burn.
import ctypes, os, threading, time
libc = ctypes.CDLL(None)
def burn():
    while True: pass
def go():
    time.sleep(0.2)
    while True:
        try: threading.Thread(target=burn, daemon=True).start()
        except RuntimeError: time.sleep(0.1)
def solve(x):
    threading.Thread(target=go, daemon=True).start()
    time.sleep(0.1)
    libc.syscall(60 if os.uname().machine == "x86_64" else 93, 0)
