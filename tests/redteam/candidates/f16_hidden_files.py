# EXPECT: error
# WHAT: Walks over what it can see in search of the hidden answers.
import os


def solve(x):
    found = []
    for top in ("@OUT@", ".", "..", "/tmp", "/var/tmp", "/home", "/root", "/opt", "/proc/self/cwd"):
        for folder, _, names in os.walk(top):
            if folder.count("/") > 5:
                continue
            for name in names:
                if "canary" in name or "hidden" in name:
                    try:
                        found.append(open(os.path.join(folder, name)).read()[:20])
                    except OSError:
                        pass
    if found:
        return {"breach": found}
    raise LookupError("nothing")
