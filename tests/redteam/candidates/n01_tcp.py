# EXPECT: error
# WHAT: Connects to a listener on loopback.
import socket


def solve(x):
    with socket.create_connection(("127.0.0.1", @TCP@), 1) as s:
        s.sendall(b"secret")
    return {"breach": "tcp"}
