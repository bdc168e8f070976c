# EXPECT: error
# Hard links and renames into the work folder, links through /proc, and paths that resolve late.
import os
def solve(x):
    got = []
    os.makedirs("d", exist_ok=True)
    for target in ("@CANARY@", "/etc/passwd", "/etc/hostname", "/proc/1/environ", "/proc/sys/kernel/random/boot_id", "/sys/class/net", "/dev/mem", "/dev/kmsg", "/dev/pts/0"):
        for name, act in (("link", lambda: os.link(target, "l")), ("linkat", lambda: os.link(target, "l", follow_symlinks=True)), ("rename", lambda: os.rename(target, "r")),
                          ("open", lambda: os.close(os.open(target, os.O_RDONLY))), ("root", lambda: os.close(os.open("/proc/self/root" + target, os.O_RDONLY))), ("cwd", lambda: os.close(os.open("/proc/self/cwd/../../../.." + target, os.O_RDONLY))),
                          ("task", lambda: os.close(os.open(f"/proc/self/task/{os.getpid()}/root" + target, os.O_RDONLY)))):
            try: act(); got.append((name, target))
            except OSError: pass
        try:
            os.symlink(target, "s"); os.close(os.open("s", os.O_RDONLY)); got.append(("symlink", target))
        except OSError: pass
        finally:
            try: os.unlink("s")
            except OSError: pass
        try:
            handle = os.open(target, os.O_PATH)
            os.close(os.open(f"/proc/self/fd/{handle}", os.O_RDONLY)); got.append(("O_PATH", target))
        except OSError: pass
    if got: return {"breach": got[:6]}
    raise RuntimeError("contained")
