# EXPECT: error
# WHAT: Reads a file of the user.
def solve(x):
    return {"breach": open("@CANARY@").read()}
