# EXPECT: error
# WHAT: Listens on IPv6.
import socket


def solve(x):
    s = socket.socket(socket.AF_INET6)
    s.bind(("::", 0))
    s.listen()
    return {"breach": "listens"}
