# EXPECT: error
# TIERS: A
# LIMITS: processes=8
import os
def solve(x):
    mine = {1, os.getpid(), os.getppid()}
    others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) not in mine]
    if others: return {"breach": [(name, open(f"/proc/{name}/stat").read()[:60]) for name in others]}
    raise RuntimeError("contained")
