# EXPECT: error|ok0
import fcntl, os
def solve(x):
    held = 0
    try:
        while True:
            _, end = os.pipe()
            try: fcntl.fcntl(end, 1031, 1 << 20)
            except OSError: pass
            os.set_blocking(end, False)
            try:
                while True: held += os.write(end, bytes(1 << 16))
            except BlockingIOError: pass
    except OSError: pass
    if held > 256 << 20:
        return {"breach": f"{held >> 20} MB in pipes"}
    raise RuntimeError("contained")
