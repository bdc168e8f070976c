# EXPECT: ok
# Threads, temporary files, random numbers, mathematics, progress: nothing of what was closed is missed.
import concurrent.futures, tempfile, os, math, random, statistics
import numpy as np
def solve(x):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda part: float((part * part).sum()), np.array_split(x, 8)))
    with tempfile.TemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
        file.write(x.tobytes()); file.seek(0)
        again = np.frombuffer(file.read())
        np.save(os.path.join(folder, "a.npy"), again)
        assert np.array_equal(np.load(os.path.join(folder, "a.npy")), x)
    assert statistics.fmean(parts) * 8 - math.fsum(parts) < 1e-9 and random.random() < 1
    np.linalg.svd(np.outer(x, x))
    return math.fsum(parts)
