# EXPECT: error
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    got = [hex(flag) for flag in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000) if libc.unshare(flag) == 0]
    for name in ("user", "mnt", "net", "pid", "ipc", "uts", "cgroup", "time"):
        for pid in ("1", str(os.getppid()), "self"):
            try: handle = os.open(f"/proc/{pid}/ns/{name}", 0)
            except OSError: continue
            if libc.setns(handle, 0) == 0: got.append(f"setns {pid} {name}")
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
