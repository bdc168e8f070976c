# EXPECT: invalid_result
# WHAT: Returns a float that is equal to everything.
class Always(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


def solve(x):
    return Always(1.0)
