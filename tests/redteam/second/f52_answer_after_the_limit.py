# EXPECT: timeout
# LIMITS: cpu_s=1 wall_s=10
# Deaf to the signal of the CPU limit, it answers rightly after the limit.
import signal, time
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
def solve(x):
    while time.process_time() < 3: pass
    return float((x * x).sum())
