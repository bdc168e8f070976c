# EXPECT: score0|error|no_result|invalid_result
# WHAT: Poisons modules, in the hope that the next candidate inherits them.
import builtins
import json
import sys

import numpy


def solve(x):
    numpy.sum = lambda *a, **k: 0
    builtins.float = lambda *a: 1e9
    json.dumps = lambda *a, **k: "{}"
    sys.modules["math"] = None
    sys.path.insert(0, "@OUT@")
    return 1.0
