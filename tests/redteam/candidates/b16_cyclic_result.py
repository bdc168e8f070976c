# EXPECT: invalid_result
# WHAT: Returns a list that contains itself.
def solve(x):
    a = []
    a.append(a)
    return a
