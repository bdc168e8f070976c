# EXPECT: error
import socket
def solve(x):
    server = socket.create_server(("", 0))
    return {"breach": "listening on %r" % (server.getsockname(),)}
