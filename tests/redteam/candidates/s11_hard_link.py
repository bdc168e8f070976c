# EXPECT: error
# WHAT: Links a file of the user into its folder.
import os


def solve(x):
    os.link("@CANARY@", "mine")
    return {"breach": open("mine").read()}
