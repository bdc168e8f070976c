# EXPECT: timeout
# LIMITS: cpu_s=1 wall_s=120
# Computes in a thread that no call is charged for.
import threading
def burn():
    while True: pass
threading.Thread(target=burn, daemon=True).start()
def solve(x):
    import time
    time.sleep(100)
    return float((x * x).sum())
