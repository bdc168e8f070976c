# EXPECT: error
import os
def solve(x):
    got = []
    for path in ("/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key", "/etc/ssl/private", "/etc/sudoers", "/etc/environment",
                 "/proc/kcore", "/proc/kallsyms", "/proc/cmdline", "/proc/modules", "/proc/sched_debug", "/proc/timer_list", "/proc/keys",
                 "/proc/sysvipc/shm", "/proc/sys/kernel/random/boot_id", "/sys/class/net", "/sys/class/dmi/id/product_uuid", "/sys/kernel/notes", "/sys/firmware", "/var/run/docker.sock", "/run/secrets", "/.dockerenv"):
        try:
            data = os.listdir(path) if os.path.isdir(path) else open(path, "rb", 0).read(64)
            if data: got.append(path)
        except OSError: pass
    for path in ("/proc/net/tcp", "/proc/net/udp", "/proc/net/route"):
        # A network of its own may be looked at: nothing is in it.
        try: rows = open(path).read().splitlines()[1:]
        except OSError: continue
        if rows: got.append((path, rows[0]))
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
