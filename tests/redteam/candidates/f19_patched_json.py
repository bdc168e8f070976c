# EXPECT: score0|invalid_result|no_result|error
# WHAT: Replaces the JSON module's functions.
import json

json.dumps = lambda *a, **k: '{"result":1e300}'
json.loads = lambda *a, **k: {}


def solve(x):
    return 0.0
