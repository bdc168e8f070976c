# EXPECT: error|ok
# The next question must not be there before this one is answered.
import os, select
def solve(x):
    if select.select([3], [], [], 0.05)[0]:
        return {"breach": "the next inputs came early"}
    return float(x @ x)
