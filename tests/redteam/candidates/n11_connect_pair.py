# EXPECT: error
# WHAT: Connects one end of a stream pair to a listener.
import socket


def solve(x):
    a, _ = socket.socketpair()
    a.connect("@OUT@/s.sock")
    return {"breach": "reconnected pair"}
