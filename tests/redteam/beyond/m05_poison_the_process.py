# EXPECT: ok0|error|invalid_result
import builtins, gc, json, os, struct, sys, types
import numpy
def solve(x):
    sys.modules["redteam_marker"] = types.ModuleType("redteam_marker")
    numpy.redteam_marker = builtins.redteam_marker = os.redteam_marker = json.redteam_marker = True
    numpy.sum = numpy.dot = len
    sys.setrecursionlimit(50), sys.settrace(lambda *a: None), gc.disable(), os.umask(0o777), sys.setswitchinterval(100)
    sys.path.insert(0, "/redteam_marker"), sys.meta_path.append(object), sys.path_hooks.clear()
    os.environ["redteam_marker"] = "1"
    return 0.0
