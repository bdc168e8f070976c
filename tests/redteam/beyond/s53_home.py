# EXPECT: error
import glob, os, pathlib, pwd
def solve(x):
    got = []
    for name in (".ssh/id_ed25519", ".aws/credentials", ".netrc", "project/hidden_answers.json", ".ssh", "project", ""):
        path = os.path.join("@HOME@", name)
        try: got.append((path, os.listdir(path) if os.path.isdir(path) else open(path).read(9)))
        except OSError: pass
    for base in ("/root", "/home", os.path.expanduser("~root"), "/mnt", "/media", "/srv", "/var/lib", "/var/log", "/run", "/boot", "/tmp", "/var/tmp"):
        try: names = os.listdir(base)
        except OSError: continue
        if names and os.path.realpath(base) != os.path.realpath(os.getcwd()): got.append((base, names[:3]))
    if got:
        return {"breach": got[:5]}
    raise RuntimeError("contained")
