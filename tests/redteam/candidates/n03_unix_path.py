# EXPECT: error
# WHAT: Connects to a Unix socket outside.
import socket


def solve(x):
    s = socket.socket(socket.AF_UNIX)
    s.connect("@OUT@/s.sock")
    return {"breach": "unix socket"}
