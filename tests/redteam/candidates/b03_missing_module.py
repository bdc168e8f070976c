# EXPECT: error
# WHAT: Imports what is not there.
import no_such_module_anywhere


def solve(x):
    return no_such_module_anywhere
