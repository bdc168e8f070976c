# EXPECT: ok0|disk|error
# What is left in the work folder must not trip whoever clears it.
import os
def solve(x):
    for i in range(100):
        os.makedirs(f"n{i}/m", exist_ok=True)
        try: os.symlink("@OUT@", f"n{i}/out"), os.symlink("/", f"n{i}/m/root")
        except FileExistsError: pass
    for name in (b"\xff\xfe", b"new\nline", b" ", b"-rf", b"\x1b[2J", "é".encode()):
        try: os.mkdir(name)
        except FileExistsError: pass
    for i in range(100):
        handle = os.open(f"n{i}", os.O_RDONLY)
        os.fchmod(handle, 0)
        os.close(handle)
    here = os.open(".", os.O_RDONLY)
    os.fchmod(here, 0)
    return 0.0
