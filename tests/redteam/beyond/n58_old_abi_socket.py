# EXPECT: crash|error
# Machine code with the 32-bit gate, whose call numbers mean something else.
import ctypes, mmap, platform
def solve(x):
    if platform.machine() != "x86_64":
        raise RuntimeError("contained")
    page = mmap.mmap(-1, 4096, prot=7)
    # mov eax, 359 (socket); mov ebx, 2; mov ecx, 1; xor edx, edx; int 0x80; ret
    page.write(b"\xb8\x67\x01\x00\x00\xbb\x02\x00\x00\x00\xb9\x01\x00\x00\x00\x31\xd2\xcd\x80\xc3")
    code = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    got = code()
    if got >= 0:
        return {"breach": f"socket {got} by the 32-bit gate"}
    raise RuntimeError("contained")
