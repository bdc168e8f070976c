# EXPECT: error
# WHAT: Uses capabilities that it should not hold: raw reads past permissions, changed owners, new nodes.
import os


def solve(x):
    held = [line for line in open("/proc/self/status") if line.startswith("CapEff")] if os.path.exists("/proc/self/status") else []
    if held and int(held[0].split()[1], 16) & ~(1 << 2):
        return {"breach": held}
    open("own", "w").close()
    try:
        os.chown("own", 0, 0)
    except OSError:
        raise PermissionError("refused") from None
    return {"breach": "chown to root"} if os.getuid() else 0.0
