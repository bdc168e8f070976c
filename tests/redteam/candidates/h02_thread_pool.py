# EXPECT: ok
from concurrent.futures import ThreadPoolExecutor
def solve(x):
    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(lambda part: float((part * part).sum()), (x[i::4] for i in range(4))))
