# EXPECT: error
# A pair needs no socket() call; its ends can name another address.
import ctypes, os, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
        for extra in (0, socket.SOCK_CLOEXEC, socket.SOCK_NONBLOCK):
            pair = (ctypes.c_int * 2)()
            if libc.socketpair(1, kind | extra, 0, pair) < 0: continue
            for path in (b"@OUT@/d.sock", b"@OUT@/s.sock", b"\0@ABSTRACT@"):
                address = struct.pack("<H", 1) + path + b"\0"
                libc.sendto(pair[0], b"SECRET", 6, 0, address, len(address))
                name = ctypes.create_string_buffer(address)
                data = ctypes.create_string_buffer(b"SECRET")
                vector = struct.pack("<QQ", ctypes.addressof(data), 6)
                vectors = ctypes.create_string_buffer(vector)
                header = struct.pack("<QIxxxxQQQQIxxxx", ctypes.addressof(name), len(address), ctypes.addressof(vectors), 1, 0, 0, 0)
                libc.sendmsg(pair[0], header, 0)
                libc.connect(pair[0], address, len(address))
                libc.send(pair[0], b"SECRET", 6, 0)
    raise RuntimeError("contained")
