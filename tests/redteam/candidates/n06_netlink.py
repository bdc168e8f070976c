# EXPECT: error
# WHAT: Opens a netlink socket.
import socket


def solve(x):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    return {"breach": "netlink"}
