# EXPECT: timeout|error
# LIMITS: processes=4 cpu_s=1 wall_s=12
import os, signal, time
def solve(x):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    start, n = time.monotonic(), 0
    while time.monotonic() - start < 8:
        pid = os.fork()
        if pid == 0:
            t = time.process_time()
            while time.process_time() - t < 0.3: pass
            os._exit(0)
        try: os.waitpid(pid, 0)
        except ChildProcessError: pass
        n += 1
    return {"breach": f"{n*0.3:.1f} CPU s, 1 allowed"}
