# EXPECT: error
# Passing descriptors over the pipes and over a pair of its own.
import array, os, socket
def solve(x):
    got = []
    a, b = socket.socketpair()
    for sock in (a, b):
        try: sock.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))]); got.append("sendmsg")
        except OSError: pass
        try: sock.recvmsg(1, 100, socket.MSG_DONTWAIT); got.append("recvmsg")
        except BlockingIOError: got.append("recvmsg waits")
        except OSError: pass
    for number in (1, 2, 3, 4):
        try: socket.socket(fileno=os.dup(number)).send(b"x"); got.append(number)
        except OSError: pass
    if got: return {"breach": got}
    raise RuntimeError("contained")
