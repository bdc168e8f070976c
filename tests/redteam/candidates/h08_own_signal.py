# EXPECT: ok
# WHAT: A signal to itself, with a handler.
import signal

seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))


def solve(x):
    signal.raise_signal(signal.SIGUSR1)
    return float((x * x).sum()) if seen else 0.0
