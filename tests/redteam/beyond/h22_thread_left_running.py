# EXPECT: ok
import threading, time
def forever():
    while True:
        time.sleep(0.01)
def solve(x):
    threading.Thread(target=forever).start()
    return float(x @ x)
