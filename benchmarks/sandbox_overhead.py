"""What isolation costs: one whole evaluation in each tier beside a bare fork of a process with numpy loaded.

    python benchmarks/sandbox_overhead.py [--jobs 60] [--tiers A B]

Prints the median in milliseconds and evaluations per second, with all cores and with the whole tree of processes bound
to one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

import numpy as np
from asi_evolve.sandbox import Limits, Sandbox, probe

SOURCE = "def solve(x):\n    return float((x * x).sum())\n"


def bare_fork(jobs: int) -> tuple[float, float]:
    """Median milliseconds and evaluations per second of a fork that computes one answer, without isolation."""
    x = np.ones(50)
    times = []
    for _ in range(jobs):
        start = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            scope: dict[str, object] = {}
            exec(SOURCE, scope)
            scope["solve"](x)  # type: ignore[operator]
            os._exit(0)
        os.waitpid(pid, 0)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times), jobs / sum(times)


def tier(name: str, jobs: int) -> tuple[float, float]:
    """The same through the sandbox."""
    x = np.ones(50)
    times = []
    with Sandbox(Limits(wall_s=20), tier=name) as box:
        for _ in range(5):
            box.call(SOURCE, "solve", x)
        for _ in range(jobs):
            start = time.perf_counter()
            outcome = box.call(SOURCE, "solve", x)
            times.append(time.perf_counter() - start)
            if outcome.value != 50.0:
                raise SystemExit(f"tier {name}: {outcome.status} {outcome.error}")
    return 1000 * statistics.median(times), jobs / sum(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--tiers", nargs="*", default=["A", "B"])
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    print(f"load average {os.getloadavg()[0]:.1f}, {len(cores)} cores, {options.jobs} jobs each")
    for bound in (cores, cores[:1]):
        os.sched_setaffinity(0, bound)
        fork, rate = bare_fork(options.jobs)
        print(f"{len(bound)} core(s): bare fork {fork:5.1f} ms, {rate:4.0f}/s")
        for name in options.tiers:
            report = probe()[name]
            if not report.available:
                print(f"{len(bound)} core(s): tier {name} is not offered here: {report.reason}")
                continue
            took, rate = tier(name, options.jobs)
            print(f"{len(bound)} core(s): tier {name}    {took:5.1f} ms, {rate:4.0f}/s, {took - fork:+.1f} ms")
    os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    main()
