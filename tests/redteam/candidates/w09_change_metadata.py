# EXPECT: error
# WHAT: Changes mode, times, name or length of a file of the user.
import os


def solve(x):
    # These two may report success as long as they do nothing: the runner looks at mode and times from outside.
    for attempt in (lambda: os.chmod("@CANARY@", 0o777), lambda: os.utime("@CANARY@", (0, 0))):
        try:
            attempt()
        except OSError:
            pass
    tries = (
        lambda: os.truncate("@CANARY@", 0),
        lambda: os.rename("@CANARY@", "@CANARY@.old"),
        lambda: os.unlink("@CANARY@"),
        lambda: os.setxattr("@CANARY@", "user.x", b"1"),
        lambda: os.chown("@CANARY@", os.getuid(), os.getgid()),
        lambda: os.open("@CANARY@", os.O_RDONLY | os.O_TRUNC),
        lambda: os.mkdir("@OUT@/folder"),
        lambda: os.symlink("/", "@OUT@/link"),
        lambda: os.mkfifo("@OUT@/pipe"),
    )
    for i, attempt in enumerate(tries):
        try:
            attempt()
        except OSError:
            continue
        return {"breach": f"change {i}"}
    raise PermissionError("refused")
