# EXPECT: error
# Locks on a thread must hold for those started before and after.
import ctypes, socket, threading
got = []
def attempt():
    for act in (lambda: socket.socket(), lambda: open("@CANARY@"), lambda: __import__("os").fork()):
        try: got.append(repr(act()))
        except OSError: pass
def solve(x):
    workers = [threading.Thread(target=attempt) for _ in range(4)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
