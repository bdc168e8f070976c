# EXPECT: error
# WHAT: Looks for keys in the initial environment in its own memory.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    environ = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
    i, found = 0, []
    while environ and environ[i]:
        if b"SECRET" in environ[i]:
            found.append(environ[i].decode())
        i += 1
    try:
        for line in open("/proc/self/maps"):
            if "[stack]" in line:
                low, high = (int(part, 16) for part in line.split()[0].split("-"))
                if b"REDTEAM-SECRET-" b"123" in ctypes.string_at(low, high - low):
                    found.append("stack")
    except OSError:
        pass
    if found:
        return {"breach": found}
    raise LookupError("nothing")
