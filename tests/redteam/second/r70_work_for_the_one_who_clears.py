# EXPECT: ok0|disk
# LIMITS: wall_s=8
# Names of 255 bytes, links to everything, folders without rights, a deep tree, files without end marks.
import os
def solve(x):
    try:
        for number in range(200): os.symlink("/" + "x" * 250 + "/@CANARY@", ("é" * 120) + str(number))
        for number in range(50):
            os.mkdir(f"d{number}", 0)
            os.link("0", f"h{number}") if os.path.exists("0") else open("0", "w").close()
        for number in range(60):
            os.mkdir("n"); os.chdir("n")
            os.symlink("..", "up"); os.symlink("@OUT@", "out"); os.symlink("loop", "loop")
    except OSError: pass
    return 0.0
