"""What isolation costs: one whole evaluation in each tier, beside a bare fork and beside a fresh interpreter.

    python benchmarks/sandbox_overhead.py [--jobs 200] [--sets numpy scipy torch jax] [--tiers A B]

Prints Markdown: the machine, its load, and three tables (one evaluation; many at once; scores), with medians, quartiles
and the number of measurements. Each row is measured in a process of its own. "CPU ms" is the processor time of
everything that took part (supervisor, server, wardens, candidates, their deaths), from the kernel's own account of a
control group; it needs the right to make one (root, usually), else the column is empty. Wall times depend on what else
the machine does; processor times much less.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Before numpy: one thread each, as in the sandbox.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

#: Set of libraries -> (what the server is told to load, what a fresh interpreter imports).
SETS = {
    "numpy": ((), "numpy"),
    "scipy": (("scipy",), "scipy.optimize, scipy.spatial, scipy.linalg, scipy.special, scipy.sparse"),
    "torch": (("torch",), "torch"),
    "jax": (("jax",), "jax"),
}
SOURCE = "def solve(x):\n    return float((x * x).sum())\n"
SCORER = """
from asi_evolve import Backend, Domain, Objective, Score, hookimpl

@hookimpl
def domain():
    seeds = {"seed": {"candidate.py": "def solve():\\n    return 1\\n"}}
    return Domain(name="probe", title="Probe", task_markdown="", objective=Objective("x"),
                  backends={"numpy": Backend(seeds=seeds)})

@hookimpl
def score(context, candidate, execution, hidden):
    if execution.outputs is None:
        import os
        os.abort()
    return Score(float((execution.outputs["x"] * hidden["w"]).sum()), True)
"""


class Account:
    """Processor seconds of this process and all that it starts, living and dead; None where there is no account."""

    def __init__(self) -> None:
        self.counter: tuple[Path, int, float] | None = None
        """File, which of its words, and what one is in seconds."""
        with contextlib.suppress(OSError):
            self._open()

    def _open(self) -> None:
        own = {}
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            own.update(dict.fromkeys(controllers.split(","), path))
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            left, _, right = line.partition(" - ")
            kind, _, options = right.split()[:3]
            root, point = left.split()[3:5]
            if kind == "cgroup" and "cpuacct" in options.split(","):
                name, word, unit, controller = "cpuacct.usage", 0, 1e-9, "cpuacct"
            elif kind == "cgroup2" and "cpuacct" not in own:
                name, word, unit, controller = "cpu.stat", 1, 1e-6, ""
            else:
                continue
            here = Path(point) / os.path.relpath(own.get(controller, "/"), root)
            group = here / f"asi-evolve-benchmark-{os.getpid()}"
            group.mkdir()
            (group / "cgroup.procs").write_text(str(os.getpid()))
            atexit.register(self._close, here, group)
            self.counter = group / name, word, unit
            return

    @staticmethod
    def _close(here: Path, group: Path) -> None:
        (here / "cgroup.procs").write_text(str(os.getpid()))
        for _ in range(100):
            with contextlib.suppress(OSError):
                group.rmdir()
                return
            time.sleep(0.05)

    def seconds(self) -> float | None:
        if self.counter is None:
            return None
        path, word, unit = self.counter
        return unit * int(path.read_text().split()[word])


def measure(one: Callable[[], None], jobs: int, warm: int = 5) -> dict[str, Any]:
    """Run ``one`` ``jobs`` times; wall times of each, processor time of all."""
    account = Account()
    for _ in range(warm):
        one()
    before, times = account.seconds(), []
    for _ in range(jobs):
        start = time.perf_counter()
        one()
        times.append(time.perf_counter() - start)
    after = account.seconds()
    cpu = None if before is None or after is None else 1000 * (after - before) / jobs
    return {"wall": times, "cpu": cpu}


def bare_fork(imports: str, jobs: int) -> dict[str, Any]:
    """A fork of a process with the libraries loaded, which computes one answer."""
    exec(f"import numpy, {imports}", {})
    import numpy as np

    x = np.ones(50)

    def one() -> None:
        pid = os.fork()
        if pid == 0:
            scope: dict[str, Any] = {}
            exec(SOURCE, scope)
            scope["solve"](x)
            os._exit(0)
        os.waitpid(pid, 0)

    return measure(one, jobs)


def fresh(imports: str, jobs: int) -> dict[str, Any]:
    """A new interpreter that imports the libraries and computes one answer."""
    program = f"import numpy, {imports}\n{SOURCE}\nassert solve(numpy.ones(50)) == 50.0\n"
    return measure(lambda: subprocess.run([sys.executable, "-c", program], check=True) and None, jobs, warm=1)


def evaluation(libraries: tuple[str, ...], tier: str, jobs: int) -> dict[str, Any]:
    """Through the sandbox: load the source, one call, checked result, teardown."""
    import numpy as np
    from asi_evolve.sandbox import Limits, Sandbox

    x = np.ones(50)
    with Sandbox(Limits(wall_s=120, cpu_s=60), tier=tier, libraries=libraries) as box:

        def one() -> None:
            outcome = box.call(SOURCE, "solve", x)
            if outcome.value != 50.0:
                raise SystemExit(f"tier {tier}: {outcome.status} {outcome.error}")

        return {**measure(one, jobs), "fresh": box.fresh}


def live_call(libraries: tuple[str, ...], tier: str, jobs: int) -> dict[str, Any]:
    """Calls after the first in a candidate that is alive."""
    import numpy as np
    from asi_evolve.sandbox import Limits, Sandbox

    with Sandbox(Limits(wall_s=120, cpu_s=60), tier=tier, libraries=libraries) as box:
        outcome = box.calls(SOURCE, "solve", [(np.ones(50),)] * (jobs + 1))
        if outcome.status != "ok":
            raise SystemExit(f"tier {tier}: {outcome.status} {outcome.error}")
        return {"wall": list(outcome.call_seconds[1:]), "cpu": None}


def concurrent(tier: str, threads: int, each: int) -> dict[str, Any]:
    """``threads`` threads at once through one sandbox: answers, rate, and what is left afterwards."""
    from asi_evolve.sandbox import Limits, Sandbox, meter

    def left(box: Sandbox) -> tuple[int, int, int, float]:
        below = meter.descendants(box.server_pid or 0)
        mine = len(list(Path("/proc/self/fd").iterdir()))
        return mine, threading.active_count(), len(below), _proportional_mb([box.server_pid or 0, *below])

    account = Account()
    with Sandbox(Limits(wall_s=120, cpu_s=60), tier=tier) as box:
        wrong: list[str] = []

        def work(number: int) -> None:
            for turn in range(each):
                outcome = box.call("def f(n):\n    return n * n\n", "f", number + turn)
                if outcome.value != (number + turn) ** 2:
                    wrong.append(f"{outcome.status} {outcome.error}")

        def round_of(count: int) -> float:
            pool = [threading.Thread(target=work, args=(number,)) for number in range(count)]
            start = time.perf_counter()
            for thread in pool:
                thread.start()
            for thread in pool:
                thread.join()
            return time.perf_counter() - start

        round_of(4)
        time.sleep(1)
        before, cpu = left(box), account.seconds()
        took = round_of(threads)
        spent = account.seconds()
        time.sleep(1)
        after = left(box)
    jobs = threads * each
    used = None if cpu is None or spent is None else 1000 * (spent - cpu) / jobs
    return {"wrong": wrong[:3], "rate": jobs / took, "cpu": used, "before": before, "after": after, "jobs": jobs}


def _proportional_mb(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def scores(jobs: int) -> dict[str, Any]:
    """Trusted scores of small data: the price of one, and of a new process after one that crashed."""
    import numpy as np
    from asi_evolve.errors import DomainError
    from asi_evolve.executors import ScorerPool, ScorerSetup
    from asi_evolve.records import Candidate, Execution, Job, Limits

    with tempfile.TemporaryDirectory() as folder:
        plugin = Path(folder) / "probe_plugin.py"
        plugin.write_text(SCORER)
        pool = ScorerPool(ScorerSetup("benchmark", str(plugin), "numpy", {}))
        candidate = Candidate("benchmark.1", {"candidate.py": SOURCE}, "candidate.py", "numpy")
        job = Job("explore", 0, 0, "numpy", Limits(), hidden_ref="explore/0/0")
        good, bad = Execution(job, "ok", {"x": np.ones(50)}), Execution(job, "ok", None)
        hidden = {"w": np.ones(50)}

        def one() -> None:
            assert pool.score(candidate, good, hidden).value == 50.0

        def crash() -> None:
            with contextlib.suppress(DomainError):
                pool.score(candidate, bad, hidden)
            one()

        try:
            account = Account()  # before the process is started
            one()
            before = account.seconds()
            row = measure(one, jobs)
            after = account.seconds()
            if before is not None and after is not None:
                row["cpu"] = 1000 * (after - before) / (jobs + 5)
            return {"score": row, "restart": measure(crash, 5, warm=1)}
        finally:
            pool.close()


# ------------------------------------------------------------------ tables


def row(*what: str) -> dict[str, Any]:
    """Measure in a process of its own; an empty mapping if that fails, with the reason on stderr."""
    done = subprocess.run([sys.executable, __file__, "--row", *what], capture_output=True, text=True)
    if done.returncode:
        print(f"{' '.join(what)}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """What ``--row`` asks for."""
    what, *rest = options.row
    if what in ("concurrent", "scores"):
        return concurrent(rest[0], int(rest[1]), int(rest[2])) if what == "concurrent" else scores(int(rest[0]))
    name, jobs = rest[0], int(rest[-1])
    libraries, imports = SETS[name]
    if what == "fork":
        return bare_fork(imports, jobs)
    if what == "fresh":
        return fresh(imports, jobs)
    return (live_call if what == "live" else evaluation)(libraries, rest[1], jobs)


def words(found: dict[str, Any], fork: dict[str, Any] | None = None) -> list[str]:
    """Cells of a row: median [quartiles] in ms, CPU ms, added to the fork, evaluations per second, count."""
    if not found:
        return ["not measured", "", "", "", ""]
    times = [1000 * each for each in found["wall"]]
    low, middle, high = statistics.quantiles(times, n=4)
    cpu = "" if found["cpu"] is None else f"{found['cpu']:.2f}"
    added = ""
    if fork:
        added = f"{middle - 1000 * statistics.median(fork['wall']):+.1f}"
        if found["cpu"] is not None and fork["cpu"] is not None:
            added += f" / {found['cpu'] - fork['cpu']:+.1f}"
    digits = 2 if middle < 1 else 1
    spread = f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
    return [spread, cpu, added, f"{1000 / statistics.fmean(times):.0f}", str(len(times))]


def line(*cells: str) -> None:
    """One row of a table in Markdown."""
    print(f"| {' | '.join(cells)} |", flush=True)


def machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{len(os.sched_getaffinity(0))} cores ({model}), {memory:.0f} GB, Linux {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    parser.add_argument("--tiers", nargs="*", default=["A", "B"])
    parser.add_argument("--threads", type=int, default=100)
    parser.add_argument("--row", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        print(json.dumps(measured(options)))
        return
    from asi_evolve.sandbox import probe

    jobs = options.jobs
    print(f"{machine()}. Load average at the start {os.getloadavg()[0]:.1f}.\n")
    tiers = [tier for tier in options.tiers if probe()[tier].available]
    for tier in set(options.tiers) - set(tiers):
        print(f"Tier {tier} is not offered here: {probe()[tier].reason}\n")
    head = [
        "Libraries",
        "What",
        "Wall ms, median [quartiles]",
        "CPU ms",
        "Added to the fork: wall / CPU ms",
        "Per second",
        "n",
    ]
    line(*head)
    line(*["---"] * len(head))
    for name in options.sets:
        if importlib.util.find_spec(name) is None:
            line(name, "not installed", *[""] * 5)
            continue
        fork = row("fork", name, str(jobs))
        line(name, "bare fork, no isolation", *words(fork))
        line(name, "fresh interpreter, no isolation", *words(row("fresh", name, str(max(5, jobs // 20)))))
        for tier in tiers:
            # Some versions of JAX start threads, and then every job imports it.
            found = row("tier", name, tier, str(jobs if name != "jax" else max(5, jobs // 4)))
            note = ", libraries imported anew for each" if found.get("fresh") else ""
            line(name, f"tier {tier}{note}", *words(found, fork))
            line(name, f"tier {tier}, second call in a live candidate", *words(row("live", name, tier, str(jobs))))
    print()
    head = [
        "Many at once (numpy)",
        "Cores",
        "All right",
        "Per second",
        "CPU ms each",
        "Before and after: descriptors, threads, processes, MB",
    ]
    line(*head)
    line(*["---"] * len(head))
    cores = sorted(os.sched_getaffinity(0))
    for tier in tiers:
        for bound, threads, each in ((cores[:1], 4, jobs // 4), (cores, 4, jobs // 4), (cores, options.threads, 3)):
            os.sched_setaffinity(0, bound)
            found = row("concurrent", tier, str(threads), str(each))
            os.sched_setaffinity(0, cores)
            if found:
                cpu = "" if found["cpu"] is None else f"{found['cpu']:.2f}"
                kept = [f"{a:.0f} to {b:.0f}" for a, b in zip(found["before"], found["after"], strict=True)]
                right = f"{found['jobs'] - len(found['wrong'])} of {found['jobs']}"
                rate = f"{found['rate']:.0f}"
                line(f"tier {tier}, {threads} threads", str(len(bound)), right, rate, cpu, "; ".join(kept))
    found = row("scores", str(5 * jobs))
    print()
    line("Scorer", "Wall ms, median [quartiles]", "CPU ms", "", "Per second", "n")
    line(*["---"] * 6)
    if found:
        line("one score of small data", *words(found["score"]))
        line("a crash, a new process and a score", *words(found["restart"]))
    print(f"\nLoad average at the end {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
