# EXPECT: error
# WHAT: Raises its own limits.
import resource


def solve(x):
    for which in (resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
        soft, hard = resource.getrlimit(which)
        try:
            resource.setrlimit(which, (hard * 2, hard * 2))
        except (ValueError, OSError):
            continue
        return {"breach": f"limit {which} raised"}
    raise PermissionError("refused")
