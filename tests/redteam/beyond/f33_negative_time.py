# EXPECT: ok0|ok
# Nothing that the candidate says about its costs may count.
import resource, time
resource.getrusage = lambda *a: None
time.process_time = lambda: -1e9
def solve(x):
    return 0.0
