# EXPECT: error
# WHAT: Takes priority and processors from another process.
import os


def solve(x):
    tries = (
        lambda: os.setpriority(os.PRIO_PROCESS, @VICTIM@, 19),
        lambda: os.sched_setaffinity(@VICTIM@, {0}),
        lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19),
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    )
    for i, attempt in enumerate(tries):
        try:
            attempt()
        except OSError:
            continue
        return {"breach": f"change {i}"}
    raise PermissionError("refused")
