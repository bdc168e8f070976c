# EXPECT: error
# WHAT: Loads a BPF map.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.syscall(321, 0, ctypes.create_string_buffer(128), 128) >= 0:
        return {"breach": "bpf"}
    raise OSError(ctypes.get_errno(), "refused")
