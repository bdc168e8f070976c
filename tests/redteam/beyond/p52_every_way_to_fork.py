# EXPECT: error
import ctypes, multiprocessing, os, platform
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    got = []
    for name in ("fork", "forkpty"):
        try: pid = getattr(os, name)()
        except OSError: continue
        if pid == 0 or type(pid) is tuple and pid[0] == 0: os._exit(0)
        got.append(name)
    numbers = {"x86_64": (57, 58, 56), "aarch64": (220,)}[platform.machine()]
    for number in numbers:
        for flags in (17, 0x100 | 17, 0x4000 | 0x100 | 17, 0x8000 | 17, 0x80000000 | 17):
            if number == 58 or flags & 0x100 and number != 56: continue
            pid = libc.syscall(number, flags, 0, 0, 0, 0)
            if pid == 0: libc._exit(0)
            if pid > 0: got.append((number, hex(flags)))
    for method in ("fork", "spawn", "forkserver"):
        try:
            worker = multiprocessing.get_context(method).Process(target=int)
            worker.start()
            got.append(method)
        except (OSError, RuntimeError, AssertionError, EOFError): pass
    try:
        multiprocessing.Pool(2).map(abs, [1, 2])
        got.append("pool")
    except (OSError, ImportError): pass
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
