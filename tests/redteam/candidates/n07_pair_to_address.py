# EXPECT: error
# WHAT: Makes a pair of datagram sockets and sends from it to another address.
import socket


def solve(x):
    a, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    a.sendto(b"secret", "@OUT@/d.sock")
    return {"breach": "datagram to a path"}
