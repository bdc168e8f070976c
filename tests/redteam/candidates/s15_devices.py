# EXPECT: error
# WHAT: Opens devices and terminals.
import glob


def solve(x):
    allowed = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}
    for path in ["/dev/tty", "/dev/mem", "/dev/kmsg", "/dev/ptmx", *glob.glob("/dev/*"), *glob.glob("/dev/pts/*")]:
        if path not in allowed and not path.startswith(("/dev/fd", "/dev/shm", "/dev/std")):
            try:
                open(path, "rb", 0).close()
            except OSError:
                continue
            return {"breach": path}
    raise LookupError("nothing")
