# EXPECT: ok0
FIRST = []
def solve(x):
    if not FIRST: FIRST.append(float(x @ x))
    return FIRST[0]
