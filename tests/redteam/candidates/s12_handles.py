# EXPECT: error
# WHAT: Opens files by handle, which passes by their folders.
import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    handle = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    if libc.name_to_handle_at(-100, b".", handle, ctypes.byref(mount), 0) == 0:
        here = os.open(".", os.O_RDONLY)
        if libc.open_by_handle_at(here, handle, 0) >= 0:
            return {"breach": "opened by handle"}
    raise OSError(ctypes.get_errno(), "refused")
