# EXPECT: timeout
# LIMITS: wall_s=10 cpu_s=0.4
import hashlib, threading
DATA = bytes(1 << 22)
def burn():
    while True: hashlib.sha256(DATA).digest()
def solve(x):
    for _ in range(4): threading.Thread(target=burn).start()
    burn()
