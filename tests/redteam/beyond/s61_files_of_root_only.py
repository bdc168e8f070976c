# EXPECT: error
# Read-only folders may hold files that their modes keep from this user: the jail must not add rights.
# Known: it does in tier B as root whose Python lies in a folder of root's (it says so); a file that shows it is a breach here.
import os
def solve(x):
    got = []
    for base in ("/usr/local", "/usr/lib", "/usr/share", "/usr/bin", "/usr/sbin", "/usr/libexec"):
        for folder, _, names in os.walk(base):
            if folder.count("/") > 3: continue
            for name in names:
                path = os.path.join(folder, name)
                try:
                    about = os.lstat(path)
                    if about.st_mode & 0o170000 == 0o100000 and not about.st_mode & 0o004 and about.st_uid != os.getuid():
                        open(path, "rb").read(1)
                        got.append(path)
                except OSError: pass
    if got:
        return {"breach": got[:5]}
    raise RuntimeError("contained")
