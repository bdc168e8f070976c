# EXPECT: error
# Socket buffers are in no counter of the process; the number of descriptors bounds them.
import socket
def solve(x):
    total, kept = 0, []
    try:
        while True:
            pair = socket.socketpair()
            kept.append(pair)
            for each in pair:
                each.setblocking(False)
                try:
                    while True: total += each.send(bytes(65536))
                except BlockingIOError: pass
    except OSError: pass
    if total > 64 << 20:
        return {"breach": f"{total >> 20} MB in socket buffers"}
    raise RuntimeError("contained")
