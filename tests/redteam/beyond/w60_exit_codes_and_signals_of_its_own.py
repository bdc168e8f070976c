# EXPECT: no_result|crash|killed|timeout
# Ends by whatever its own signal makes of it.
import os, signal
def solve(x):
    number = [s for s in (signal.SIGSYS, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGPWR, signal.SIGRTMAX, signal.SIGPIPE)][int(abs(x[0]) * 1000) % 6]
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(255)
