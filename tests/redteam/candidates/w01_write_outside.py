# EXPECT: error
# WHAT: Writes into a folder that everyone may write to.
def solve(x):
    with open("@OUT@/written", "w") as file:
        file.write("x")
    return {"breach": "wrote outside"}
