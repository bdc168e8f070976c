# EXPECT: error
import ctypes, multiprocessing, os, pty, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def tried(action):
    try: action()
    except BaseException: return False
    return True
def vector(*words):
    return (ctypes.c_char_p * (len(words) + 1))(*words, None)
def solve(x):
    got = []
    if tried(lambda: os.posix_spawn("/bin/true", ["true"], {})): got.append("posix_spawn")
    if tried(lambda: subprocess.run(["/bin/true"], check=True)): got.append("subprocess")
    if tried(lambda: subprocess.run("exit 0", shell=True, check=True)): got.append("shell")
    if os.system("true") == 0: got.append("system")
    if tried(lambda: os.popen("echo x").read() == "x\n" or 1 / 0): got.append("popen")
    if tried(lambda: pty.fork()): got.append("pty")
    handle = os.open("/bin/true", os.O_RDONLY)
    libc.execveat(handle, b"", vector(b"true"), vector(), 0x1000)
    libc.fexecve(handle, vector(b"true"), vector())
    for path in (b"/proc/self/exe", sys.executable.encode(), b"/bin/sh", b"/usr/bin/su", b"/usr/bin/sudo", b"/lib64/ld-linux-x86-64.so.2", b"/lib/ld-linux-aarch64.so.1"):
        libc.execve(path, vector(b"x", b"/bin/true"), vector())
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
