# EXPECT: ok
import os, platform, resource, socket, sys, time
def solve(x):
    assert os.cpu_count() and os.getpid() and platform.platform() and resource.getrusage(resource.RUSAGE_SELF)
    assert os.sched_getaffinity(0) and time.process_time() >= 0 and os.urandom(8) and time.localtime()
    left, right = socket.socketpair()
    left.send(b"x"), right.recv(1), left.close(), right.close()
    return float(x @ x)
