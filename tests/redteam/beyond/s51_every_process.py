# EXPECT: error
# Whatever /proc tells about anybody else.
import os
def solve(x):
    got = []
    for pid in [*range(1, 400), os.getppid(), @VICTIM@, @SUPERVISOR@]:
        if pid == os.getpid(): continue
        for name in ("environ", "cmdline", "maps", "mem", "stat", "auxv", "fd/0", "fd/3", "root/etc/passwd", "cwd/.", "syscall", "stack", "pagemap", "task"):
            try:
                path = f"/proc/{pid}/{name}"
                if name in ("task", "cwd/."): os.listdir(path)
                else:
                    with open(path, "rb", 0) as file: file.read(64)
                got.append(path)
            except OSError: pass
    if got:
        return {"breach": got[:8]}
    raise RuntimeError("contained")
