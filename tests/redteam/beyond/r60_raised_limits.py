# EXPECT: error
import resource
def solve(x):
    got = []
    for which in range(16):
        try: soft, hard = resource.getrlimit(which)
        except ValueError: continue
        for new in ((resource.RLIM_INFINITY,) * 2, (hard, hard + 1)):
            if hard == resource.RLIM_INFINITY or new[1] != resource.RLIM_INFINITY and new[1] <= hard: continue
            for act in (lambda: resource.setrlimit(which, new), lambda: resource.prlimit(0, which, new)):
                try: act()
                except (ValueError, OSError): continue
                got.append((which, new))
    import os
    for pid in (1, os.getppid(), @VICTIM@, @SUPERVISOR@):
        try: got.append((pid, resource.prlimit(pid, resource.RLIMIT_NOFILE)))
        except OSError: pass
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
