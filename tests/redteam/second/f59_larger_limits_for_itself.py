# EXPECT: timeout
# MODE: run
# LIMITS: cpu_s=1 wall_s=8
# The budget that it is shown is a copy: making it larger gives no more time.
import gc
from asi_evolve.records import Limits
def solve(x):
    for thing in gc.get_objects():
        if isinstance(thing, Limits) or type(thing) is dict and "cpu_s" in thing:
            for name in ("cpu_s", "wall_s", "memory_mb"):
                try: object.__setattr__(thing, name, 1000)
                except Exception: thing[name] = 1000
    while True: pass
