# EXPECT: error
def solve(x):
    raise ValueError("\x1b[2J\x1b]0;owned\x07\r\nsecond line\u2028third\u202e\x9b31m")
