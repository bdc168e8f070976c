# EXPECT: ok
# MIN_CALL_S: 0.2
import time
def solve(x):
    start = time.perf_counter()
    time.sleep(0.2)
    assert 0.19 < time.perf_counter() - start < 5
    return float(x @ x)
