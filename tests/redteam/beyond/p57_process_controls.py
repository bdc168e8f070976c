# EXPECT: error
# prctl options that would loosen what was tightened.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
OPTIONS = dict(PDEATHSIG=(1, 0), DUMPABLE=(4, 1), KEEPCAPS=(8, 1), SECUREBITS=(28, 0), MM=(35, 8, 0), PTRACER=(0x59616D61, -1), SECCOMP=(22, 2, 0),
    CAP_AMBIENT=(47, 2, 0), SUBREAPER=(36, 1), TSC=(26, 2), TIMERSLACK=(29, 1), MCE_KILL=(33, 1, 1), SPECULATION=(53, 0, 2), THP_DISABLE=(41, 1), SCHED_CORE=(62, 1, 1))
def solve(x):
    got = [name for name, words in OPTIONS.items() if libc.prctl(*[ctypes.c_ulong(word) for word in (*words, 0, 0, 0, 0)[:5]]) == 0]
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
