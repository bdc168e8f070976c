# EXPECT: score0
# WHAT: Leaves links to the user's files where the work folder is cleaned.
import os


def solve(x):
    for i, goal in enumerate(("@OUT@", "@CANARY@", "/", "..")):
        os.path.lexists(f"link{i}") or os.symlink(goal, f"link{i}")
    os.makedirs("a/b", exist_ok=True)
    os.path.lexists("a/b/out") or os.symlink("@OUT@", "a/b/out")
    return 0.0
