# EXPECT: error
import os, stat
def solve(x):
    got = []
    for path in ("/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/tty", "/dev/ptmx",
                 "/dev/console", "/dev/loop-control", "/dev/vhost-net", "/dev/uinput", "/dev/input/event0", "/dev/nvidia0", "/dev/userfaultfd", "/dev/mapper/control", "/dev/hwrng", "/dev/shm/../mem"):
        for mode in (os.O_RDONLY, os.O_RDWR):
            try: got.append((path, os.open(path, mode | os.O_NONBLOCK)))
            except OSError: pass
    for kind, device in ((stat.S_IFCHR, os.makedev(1, 1)), (stat.S_IFBLK, os.makedev(254, 0)), (stat.S_IFIFO, 0), (stat.S_IFSOCK, 0)):
        try:
            os.mknod("node", 0o600 | kind, device)
            got.append(("mknod", kind))
        except OSError: pass
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
