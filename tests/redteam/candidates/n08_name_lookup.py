# EXPECT: error
# WHAT: Resolves a name.
import socket


def solve(x):
    return {"breach": str(socket.getaddrinfo("example.org", 80))}
