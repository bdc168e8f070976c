# EXPECT: error
# WHAT: Goes to the files through the root and the folder of other processes.
def solve(x):
    for pid in ("1", "self", "thread-self", "@VICTIM@"):
        for link in ("root", "cwd", "task/1/root"):
            try:
                return {"breach": open(f"/proc/{pid}/{link}/@CANARY@").read()}
            except OSError:
                pass
    raise LookupError("nothing")
