# EXPECT: error
# WHAT: Starts a program.
import subprocess


def solve(x):
    return {"breach": subprocess.run(["/usr/bin/id"], capture_output=True, text=True).stdout}
