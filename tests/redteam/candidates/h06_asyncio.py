# EXPECT: ok
# WHAT: An event loop, which wakes itself through a socket pair.
import asyncio


async def work(x):
    await asyncio.sleep(0.001)
    return float((x * x).sum())


def solve(x):
    return asyncio.run(work(x))
