# EXPECT: timeout
# WHAT: Never ends.
def solve(x):
    while True:
        pass
