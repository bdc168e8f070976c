# EXPECT: ok
# WHAT: Temporary files in the work folder.
import os
import tempfile

import numpy as np


def solve(x):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.npy")
        np.save(path, x)
        y = np.load(path)
    return float((y * y).sum())
