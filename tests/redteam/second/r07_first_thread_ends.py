# EXPECT: oom|error|killed
# LIMITS: memory_mb=64 wall_s=10
# Once the first thread has ended, /proc/PID/status tells no memory any more, though the process goes on.
import ctypes, os, struct, threading, time
libc = ctypes.CDLL(None)
def go():
    time.sleep(0.3)
    held = []
    for _ in range(200):
        try: held.append(b"x" * (1 << 20))
        except MemoryError: break
        time.sleep(0.01)
    time.sleep(0.5)
    if len(held) > 96:
        text = b'{"emit":{"breach":"%d MB held, 64 allowed"}}' % len(held)
        os.write(4, struct.pack("<II", len(text), 0) + text)
    os._exit(0)
def solve(x):
    threading.Thread(target=go, daemon=True).start()
    time.sleep(0.1)
    libc.syscall(60 if os.uname().machine == "x86_64" else 93, 0)
