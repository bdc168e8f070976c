# EXPECT: timeout
# LIMITS: wall_s=10 cpu_s=0.4
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
def solve(x):
    while True: pass
