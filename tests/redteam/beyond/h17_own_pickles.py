# EXPECT: ok
import copy, pickle
def solve(x):
    return float((copy.deepcopy(pickle.loads(pickle.dumps(x))) ** 2).sum())
