# EXPECT: ok
# WHAT: Stops the clocks, and works for a quarter of a second (the runner checks the time).
import time

nap = time.sleep
for name in ("time", "perf_counter", "monotonic", "process_time", "perf_counter_ns", "monotonic_ns", "time_ns"):
    setattr(time, name, lambda *a: 0)


def solve(x):
    nap(0.25)
    return float((x * x).sum())
