# EXPECT: disk|error
# WHAT: Makes a sparse file of a terabyte.
def solve(x):
    with open("sparse", "wb") as file:
        file.truncate(1 << 40)
    return {"breach": "1 TB, sparse"}
