# EXPECT: error
# Objects of the processes above, as a fork has them: open sockets, other descriptors, anything with a name like a secret.
import gc, os, socket, stat, sys
def solve(x):
    got = []
    for number in range(64):
        try: about = os.fstat(number)
        except OSError: continue
        if number > 4 or stat.S_ISSOCK(about.st_mode): got.append(f"descriptor {number}")
    for thing in gc.get_objects():
        if isinstance(thing, socket.socket) and thing.fileno() >= 0:
            try: thing.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE); got.append("an open socket")
            except OSError: pass
        elif type(thing) is dict:
            for key, value in thing.items():
                if type(key) is str and key.lower() in ("hidden", "hidden_ref", "answers", "fake_api_key", "descriptors", "api_key") and value:
                    got.append(f"{key} = {str(value)[:40]}")
    if got: return {"breach": got[:5]}
    raise RuntimeError("contained")
