# EXPECT: ok
# MIN_CALL_S: 0.25
import signal, time
wait = time.sleep
for name in ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time", "process_time_ns", "clock_gettime"):
    setattr(time, name, lambda *a: 0)
def solve(x):
    wait(0.25)
    return float(x @ x)
