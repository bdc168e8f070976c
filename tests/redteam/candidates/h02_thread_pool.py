# EXPECT: ok
# WHAT: A few threads are fine.
from concurrent.futures import ThreadPoolExecutor


def solve(x):
    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(lambda i: float((x[i::4] ** 2).sum()), range(4)))
