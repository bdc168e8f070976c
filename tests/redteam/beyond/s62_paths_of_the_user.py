# EXPECT: error
# Not the user's name, nor where the project lies: neither in tables of mounts, nor in arguments, nor in memory maps.
import os, sys
def solve(x):
    words = [word for word in ("@HOME@", "@OUT@", "tests/redteam") if word]
    texts = [*sys.argv, *getattr(sys, "orig_argv", []), *os.environ.values()]
    for name in ("cmdline", "environ", "comm", "mountinfo", "mounts"):
        try: texts.append(open(f"/proc/self/{name}").read())
        except OSError: pass
    got = [text[:60] for text in texts for word in words if word in text and "site-packages" not in text]
    if got:
        return {"breach": got[:3]}
    raise RuntimeError("contained")
