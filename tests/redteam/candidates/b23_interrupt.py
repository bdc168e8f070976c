# EXPECT: error
# WHAT: Raises what is not an Exception.
def solve(x):
    raise KeyboardInterrupt("stop")
