# EXPECT: error
# Watching files needs no reading.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    watch = libc.inotify_init()
    if watch >= 0 and libc.inotify_add_watch(watch, b"@OUT@", 0xFFF) >= 0:
        return {"breach": "inotify"}
    if libc.fanotify_init(0, 0) >= 0:
        return {"breach": "fanotify"}
    raise RuntimeError("contained")
