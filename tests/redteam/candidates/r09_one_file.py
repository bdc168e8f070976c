# EXPECT: disk|error
# WHAT: Writes one file of 200 MB.
def solve(x):
    with open("big", "wb", 0) as file:
        for _ in range(200):
            file.write(bytes(1 << 20))
    return {"breach": "200 MB"}
