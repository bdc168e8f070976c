# EXPECT: ok
# NEEDS: scipy
# WHAT: A library of the site-packages that nobody loaded before, imported inside the function.
# LIMITS: wall_s=20 cpu_s=20
def solve(x):
    import scipy.linalg

    return float(scipy.linalg.norm(x) ** 2)
