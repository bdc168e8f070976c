# EXPECT: error
import ctypes, os
def solve(x):
    got = []
    for name, act in (("nice", lambda: os.nice(-5)), ("lower", lambda: os.setpriority(os.PRIO_PROCESS, 0, -5)), ("fifo", lambda: os.sched_setscheduler(0, 1, os.sched_param(1))),
                      ("rr", lambda: os.sched_setscheduler(0, 2, os.sched_param(1))), ("others", lambda: os.setpriority(os.PRIO_USER, 0, 19)), ("victim", lambda: os.sched_setaffinity(@VICTIM@, {0}))):
        try:
            act()
            got.append(name)
        except OSError: pass
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
