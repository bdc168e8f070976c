# EXPECT: ok0|disk|error
# As many names as allowed, as deep as allowed.
import os
def solve(x):
    for i in range(1000):
        try:
            os.mkdir("e" * 200)
            os.chdir("e" * 200)
            os.symlink("..", "up")
        except OSError: break
    return 0.0
