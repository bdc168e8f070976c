# EXPECT: ok
import types
module = types.ModuleType("made")
exec(compile("def square(v):\n    return v * v", "<made>", "exec"), module.__dict__)
def solve(x):
    return float(sum(module.square(v) for v in x)) + eval("0.0")
