# EXPECT: timeout
# WHAT: Burns CPU in four threads at once: their sum counts.
# LIMITS: wall_s=20 cpu_s=0.5
import hashlib
import threading


def burn():
    block = bytes(1 << 22)
    while True:
        hashlib.sha256(block).digest()


def solve(x):
    threads = [threading.Thread(target=burn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
