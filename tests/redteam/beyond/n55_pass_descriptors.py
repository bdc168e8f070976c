# EXPECT: error
# Descriptors in flight are a way around the limit of open files, and out of sight.
import os, socket
def solve(x):
    left, right = socket.socketpair()
    held = 0
    for _ in range(50):
        socket.send_fds(left, [b"x"], [os.open("/dev/null", 0)] * 8)
        held += 8
    return {"breach": f"{held} descriptors in flight"}
