# EXPECT: error
def solve(x):
    error = None
    for i in range(2000):
        new = ValueError("e" * 1000)
        new.__context__ = error
        error = new
    raise ExceptionGroup("many", [error] * 50)
