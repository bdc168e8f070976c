# EXPECT: oom|error|killed
# LIMITS: memory_mb=100 wall_s=12
import ctypes, os, socket, threading, time
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    total, refused = [0], []
    def hold():
        if libc.syscall(436, 60000, 60001, 2) != 0:
            refused.append(ctypes.get_errno()); return
        kept = []
        try:
            while True:
                a, b = socket.socketpair()
                kept.append((a, b))
                for s in (a, b):
                    s.setblocking(False)
                    try:
                        while True: total[0] += s.send(bytes(65536))
                    except BlockingIOError: pass
        except OSError: pass
        time.sleep(20)
    ws = [threading.Thread(target=hold, daemon=True) for _ in range(40)]
    for w in ws: w.start()
    time.sleep(1.5)
    if refused: raise RuntimeError("contained")
    if total[0] > 100 << 20: return {"breach": f"{total[0] >> 20} MB in socket buffers"}
    raise RuntimeError(f"contained {total[0] >> 20}")
