# EXPECT: ok
# The usual helpers copy modes and times too.
import os, shutil, zipfile
import numpy as np
def solve(x):
    np.savez("a.npz", x=x)
    shutil.copy("a.npz", "b.npz"), shutil.copy2("b.npz", "c.npz")
    os.chmod("c.npz", 0o600), os.utime("c.npz")
    os.makedirs("d", exist_ok=True)
    shutil.copytree("d", "e", dirs_exist_ok=True)
    with zipfile.ZipFile("c.npz") as packed:
        packed.extractall("f")
    return float((np.load("f/x.npy") ** 2).sum())
