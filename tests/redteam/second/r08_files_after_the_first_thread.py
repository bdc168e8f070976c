# EXPECT: disk|error|killed|no_result
# LIMITS: disk_mb=16 wall_s=10
# The same for descriptors: files without names, held by a process whose first thread has ended.
import ctypes, os, struct, threading, time
libc = ctypes.CDLL(None)
def go():
    time.sleep(0.3)
    held, total = [], 0
    try:
        for number in range(8):
            held.append(os.open(f"f{number}", os.O_RDWR | os.O_CREAT))
            os.unlink(f"f{number}")
            for _ in range(8):
                total += os.write(held[-1], bytes(1 << 20))
                time.sleep(0.01)
    except OSError: pass
    time.sleep(0.5)
    if total > 24 << 20:
        text = b'{"emit":{"breach":"%d MB on disk, 16 allowed"}}' % (total >> 20)
        os.write(4, struct.pack("<II", len(text), 0) + text)
    os._exit(0)
def solve(x):
    threading.Thread(target=go, daemon=True).start()
    time.sleep(0.1)
    libc.syscall(60 if os.uname().machine == "x86_64" else 93, 0)
