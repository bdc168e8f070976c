# EXPECT: ok0
# LIMITS: processes=4
# TIERS: A
# MODE: run
# A grandchild in a session of its own must die with the job.
import os, signal, time
def solve(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 65):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            for descriptor in range(5): os.close(descriptor)
            time.sleep(3600)
        os._exit(0)
    os.wait()
    return 0.0
