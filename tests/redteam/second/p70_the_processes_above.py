# EXPECT: error
# TIERS: A
# LIMITS: processes=8
# With several processes all of /proc is in view: that of the warden and of the process it is forked from as well.
import os
def solve(x):
    got = []
    for pid in (1, os.getppid()):
        for name in ("environ", "mem", "maps", "auxv", "io", "syscall", "stack", "pagemap", "root/usr", "cwd/.", "exe", "fd", "ns/mnt", "ns/user", "map_files", "timers", "clear_refs"):
            path = f"/proc/{pid}/{name}"
            try:
                if name in ("exe", "ns/mnt", "ns/user"): os.readlink(path)
                elif name in ("fd", "map_files", "cwd/.", "root/usr"): os.listdir(path)
                elif name == "clear_refs": os.close(os.open(path, os.O_WRONLY))
                else:
                    with open(path, "rb", 0) as file:
                        if not file.read(64): continue
                got.append(path)
            except OSError: pass
        for name in ("oom_score_adj", "comm", "coredump_filter", "timerslack_ns", "setgroups", "uid_map", "attr/current", "sched", "autogroup"):
            try: os.close(os.open(f"/proc/{pid}/{name}", os.O_WRONLY)); got.append(name)
            except OSError: pass
    if got: return {"breach": got}
    raise RuntimeError("contained")
