# EXPECT: error
# WHAT: Sends a datagram.
import socket


def solve(x):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b"secret", ("127.0.0.1", @UDP@))
    return {"breach": "udp"}
