# EXPECT: error
# Writing where the kernel listens.
import glob, os
def solve(x):
    got = []
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/drop_caches", "/proc/sys/kernel/yama/ptrace_scope", "/proc/sysrq-trigger", "/proc/self/oom_score_adj",
                 "/proc/self/uid_map", "/proc/self/setgroups", "/proc/self/attr/exec", "/proc/self/clear_refs", "/proc/1/oom_score_adj", "/proc/1/mem", "/sys/kernel/uevent_helper",
                 "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory.max", "/sys/power/state", "/sys/kernel/debug", "/sys/devices/system/cpu/cpu1/online", *glob.glob("/sys/fs/cgroup/*.procs")):
        try: got.append((path, os.open(path, os.O_WRONLY)))
        except OSError: pass
    if [path for path, _ in got if path not in ("/proc/self/clear_refs",)]:
        return {"breach": got}
    raise RuntimeError("contained")
