# EXPECT: timeout
# WHAT: Ignores every signal that can be ignored, and loops.
# LIMITS: wall_s=20 cpu_s=0.5
import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass


def solve(x):
    while True:
        pass
