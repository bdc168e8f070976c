# EXPECT: score0
# WHAT: Writes the files in which a score might be looked for.
def solve(x):
    for path in ("result.json", "score.txt", "../result.json", "@OUT@/metrics.json", "metrics.json", "/tmp/results.json"):
        try:
            open(path, "w").write('{"score": 1e9, "combined_score": 1e9}')
        except OSError:
            pass
    return 0.0
