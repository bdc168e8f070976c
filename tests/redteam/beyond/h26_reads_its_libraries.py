# EXPECT: ok
import importlib.metadata, inspect, pathlib, sysconfig
import numpy
def solve(x):
    assert inspect.getsource(numpy.linalg.norm) and sysconfig.get_paths()
    assert pathlib.Path(numpy.__file__).read_text()
    return float(x @ x)
