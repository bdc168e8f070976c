# EXPECT: error
# Environment, arguments and limits must not carry the user's variables.
import ctypes, os, sys
def solve(x):
    libc = ctypes.CDLL(None)
    block = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
    words, i = [], 0
    while block and block[i]:
        words.append(block[i].decode(errors="replace"))
        i += 1
    try: words += open("/proc/self/environ").read().split("\0")
    except OSError: pass
    words += [f"{name}={value}" for name, value in os.environ.items()] + sys.argv
    known = ("PATH", "LANG", "LC_CTYPE", "HOME", "TMPDIR", "USER", "LOGNAME", "TZ", "OMP_NUM_THREADS", "OPENBLAS_", "MKL_", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "candidate", "KMP_", "TORCH", "XLA", "JAX", "CUDA", "PYTHON", "MPLBACKEND")
    strange = [word for word in words if word and not word.startswith(known)]
    if strange or any("KEY" in word or "TOKEN" in word for word in words):
        return {"breach": strange[:5]}
    raise RuntimeError("contained")
