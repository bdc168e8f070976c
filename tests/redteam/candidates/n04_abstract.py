# EXPECT: error
# WHAT: Connects to an abstract Unix socket.
import socket


def solve(x):
    s = socket.socket(socket.AF_UNIX)
    s.connect("\0asi-redteam-@UDP@")
    return {"breach": "abstract socket"}
