# EXPECT: invalid_result
# WHAT: Returns an object that would write a file when unpickled.
class Trick:
    def __reduce__(self):
        return (exec, ("open('@OUT@/pickled', 'w').write('x')",))


def solve(x):
    return Trick()
