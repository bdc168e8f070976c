# EXPECT: error
# Joins the groups and sessions of the processes above, and asks for their priorities and limits to be changed.
import os, resource
def solve(x):
    got = []
    for pid in (1, os.getppid(), @SUPERVISOR@, @VICTIM@):
        for act in (lambda: os.setpgid(pid, 0), lambda: os.setpgid(0, pid) if pid > 1 else 1 / 0, lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (8, 8)), lambda: os.sched_setaffinity(pid, {0}),
                    lambda: os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0)), lambda: os.setpriority(os.PRIO_PROCESS, pid, 19), lambda: os.killpg(pid, 0), lambda: os.kill(-pid, 0), lambda: os.pidfd_open(pid), lambda: os.tcsetpgrp(0, pid)):
            try: act(); got.append(pid)
            except (OSError, OverflowError, ZeroDivisionError): pass
    if got: return {"breach": got}
    raise RuntimeError("contained")
