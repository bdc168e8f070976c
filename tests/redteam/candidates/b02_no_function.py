# EXPECT: error
# WHAT: Lacks the function.
def solution(x):
    return 0.0
