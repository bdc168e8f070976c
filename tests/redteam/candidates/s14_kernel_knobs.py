# EXPECT: error
# WHAT: Writes to the kernel's settings.
def solve(x):
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/proc/self/oom_score_adj"):
        try:
            with open(path, "w") as file:
                file.write("-1000" if "oom" in path else "|/tmp/x")
        except OSError:
            continue
        return {"breach": path}
    raise PermissionError("refused")
