# EXPECT: score0|invalid_result
# WHAT: Writes a warden's report, and a byte for the control channel, on every descriptor.
import os


def solve(x):
    report = b'{"end": "exit", "detail": "", "signal": 0, "code": 0, "wall": 0.0, "cpu": 0.0, "peak_mb": 0.0}\n'
    for descriptor in range(5, 1024):
        try:
            os.write(descriptor, report)
        except OSError:
            pass
    os.write(1, report)
    return 0.0
