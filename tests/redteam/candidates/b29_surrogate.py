# EXPECT: invalid_result
# WHAT: Returns text that is not Unicode.
def solve(x):
    return "\ud800"
