# EXPECT: error
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
def solve(x):
    got = []
    for pid in (0, 1, os.getppid(), @VICTIM@, @SUPERVISOR@):
        for request in (0, 16, 0x4206):
            if libc.ptrace(request, pid, None, None) == 0: got.append(("ptrace", request, pid))
        buffer = ctypes.create_string_buffer(8)
        vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
        for name in ("process_vm_readv", "process_vm_writev"):
            if getattr(libc, name)(pid, vector, 1, vector, 1, 0) > 0: got.append((name, pid))
        for number in (434, 312):
            if libc.syscall(number, pid, 0, 0, 0, 0) >= 0: got.append((number, pid))
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
