# EXPECT: error|invalid_result|oom|disk|no_result
# The text of an error is a frame too: nested, huge, full of controls.
import os
import numpy as np
from asi_evolve.sandbox import wire
def solve(x):
    os.write(4, wire.encode({"error": {"a": ["\x1b[31m\r\n\u2028", np.zeros(3), {"b": [[[[[[]]]]]]}]}}))
    os._exit(0)
