# EXPECT: error
# Frames above the candidate: the job's own limits and nothing of other jobs.
import sys
def solve(x):
    jobs, frame = set(), sys._getframe()
    while frame:
        for name, value in frame.f_locals.items():
            if type(value) is dict and "limits" in value: jobs.add(str(sorted(value["limits"].items()) if isinstance(value["limits"], dict) else value["limits"]))
        frame = frame.f_back
    if len(jobs) > 1: return {"breach": sorted(jobs)[:3]}
    raise RuntimeError("contained")
