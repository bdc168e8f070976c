"""Rounds and CPU seconds to the best known packing, for the default, each sampler and the controls.

    python benchmarks/circle_packing.py run     --out FOLDER [--jobs 2] [--arms default,uniform] [--more-seeds]
    python benchmarks/circle_packing.py report  --out FOLDER

Each (arm, seed) is one run in a database of its own, with one worker, so it repeats exactly. ``run`` may be stopped
at any time and started again: finished runs are skipped, cut-off ones are resumed. ``report`` reads what is there and
prints Markdown; runs that did not reach the target within the cap are censored, never dropped.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asi_evolve as ae

# Fixed before the first run and never changed.
SEEDS = (23, 37, 41, 59, 73)
#: With ``--more-seeds``: for the arms whose comparison is the headline. Fixed before their first run, after the first
#: five were run.
MORE_SEEDS = (101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173)
ROUNDS = 60
CPU_SECONDS = 10
TARGET = 2.63598
PROBLEM = "square-26"

ARMS: dict[str, tuple[str, list[str]]] = {
    "default": ("grammar proposer, ucb1, cognition, analyzer", []),
    "uniform": ("control: uniform random programs over the same grammar", ["--proposer", "random"]),
    "second": (
        "second control: grammar proposer, random parent, no bandit, no cognition",
        ["--sampler", "random", "--set", "proposer.learn=false", "--no-cognition"],
    ),
    "greedy": ("sampler greedy", ["--sampler", "greedy"]),
    "random": ("sampler random", ["--sampler", "random"]),
    "map_elites": ("sampler map_elites", ["--sampler", "map_elites"]),
    "islands": ("sampler islands", ["--sampler", "islands"]),
    "top_k": ("sampler top_k", ["--sampler", "top_k"]),
    "no_cognition": ("default without cognition", ["--no-cognition"]),
    "no_analyzer": ("default without analyzer", ["--no-analyzer"]),
}
FIRST_TABLE = ("default", "uniform", "greedy", "random", "map_elites", "islands", "top_k", "second")


@dataclass(frozen=True)
class Result:
    """One run: when it reached the target, or what it had at the cap."""

    arm: str
    seed: int
    hit: bool
    rounds: int
    cpu_s: float
    best: float | None
    failed: int
    finished: bool


def database(out: Path, arm: str, seed: int) -> Path:
    return out / f"{arm}-{seed}.duckdb"


def play(out: Path, arm: str, seed: int, deadline: float) -> str:
    """Run, or go on with, one (arm, seed) in a process of its own."""
    db = database(out, arm, seed)
    command = [sys.executable, "-m", "asi_evolve"]
    if db.exists():
        info = ae.open_run("latest", db).info
        if info.status in ("completed", "target", "failed"):
            return f"{arm} {seed}: done before"
        command += ["resume", "--db", str(db)]
    else:
        command += ["--plugin", "circle_packing", "run", "--db", str(db), "--seed", str(seed), "--rounds", str(ROUNDS)]
        command += ["--workers", "1", "--target", str(TARGET), "--set", f"domain.problem={PROBLEM}"]
        command += ["--set", f"domain.cpu_seconds={CPU_SECONDS}", *ARMS[arm][1]]
    left = deadline - time.monotonic()
    if left < 5:
        return f"{arm} {seed}: no time left"
    # A wall budget, not a kill: the run stops between rounds and is resumed the next time.
    made = subprocess.run([*command, "--wall", f"{left:.0f}"], capture_output=True, text=True)
    said = made.stderr.strip().splitlines()
    return f"{arm} {seed}: exit {made.returncode}" + (
        f" ({said[-1]})" if made.returncode not in (0, 3) and said else ""
    )


def run(out: Path, arms: Sequence[str], seeds: Sequence[int], jobs: int, hours: float) -> None:
    out.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + hours * 3600
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        work = [pool.submit(play, out, arm, seed, deadline) for arm in arms for seed in seeds]
        for done in concurrent.futures.as_completed(work):
            print(done.result(), flush=True)


def measure(out: Path, arm: str, seed: int) -> Result | None:
    """Read one run. CPU seconds are those of all executions of candidates up to the hit, the seed program's too."""
    db = database(out, arm, seed)
    if not db.exists():
        return None
    run = ae.open_run("latest", db)
    cpu_of = dict(
        zip(
            *run.table("select experiment_id, sum(cpu_s) from executions group by experiment_id").to_pydict().values(),
            strict=True,
        )
    )
    cpu, rounds, best, failed = 0.0, 0, None, 0
    for row in run.rows():
        if row["status"] in ("interrupted", "running"):
            continue
        rounds += row["round"] > 0
        cpu += cpu_of.get(row["experiment_id"], 0.0) or 0.0
        failed += row["status"] != "ok"
        if row["value"] is not None and (best is None or row["value"] > best):
            best = row["value"]
            if best >= TARGET:
                return Result(arm, seed, True, rounds, cpu, best, failed, True)
    return Result(arm, seed, False, rounds, cpu, best, failed, rounds >= ROUNDS)


def quantile(results: Sequence[Result], q: float, what: str) -> str:
    """Kaplan-Meier quantile of the rounds or CPU seconds to the target; "> cap" where censoring hides it."""
    alive, surviving = len(results), 1.0
    for result in sorted(results, key=lambda r: (getattr(r, what), not r.hit)):
        if result.hit:
            surviving *= (alive - 1) / alive
            if 1.0 - surviving >= q - 1e-12:
                return f"{getattr(result, what):.0f}"
        alive -= 1
    return "> cap"


def comparison(default: Sequence[Result], control: Sequence[Result], name: str) -> str:
    """Two-sided tests of the default against a control: hits by Fisher's exact test, times by the log-rank test."""
    from scipy import stats

    hits = [[sum(r.hit for r in arm), sum(not r.hit for r in arm)] for arm in (default, control)]
    words = [f"hits within the cap p = {stats.fisher_exact(hits).pvalue:.3f} (Fisher)"]
    for what, label in (("rounds", "rounds"), ("cpu_s", "CPU seconds")):
        samples = [
            stats.CensoredData(
                uncensored=[getattr(r, what) for r in arm if r.hit], right=[getattr(r, what) for r in arm if not r.hit]
            )
            for arm in (default, control)
        ]
        words.append(f"{label} to the target p = {stats.logrank(*samples).pvalue:.3f} (log-rank)")
    return f"- `default` against `{name}`: {'; '.join(words)}"


def report(out: Path) -> str:
    lines = [
        "| Arm | What it is | Seeds | Hits | Rounds to target: quartiles (25 / 50 / 75%) | CPU s to target: quartiles "
        "| Median best | Worst best | Failed rounds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    raw = []
    arms: dict[str, list[Result]] = {}
    for arm, (words, _) in ARMS.items():
        found = [result for seed in (*SEEDS, *MORE_SEEDS) if (result := measure(out, arm, seed)) is not None]
        raw += [vars(result) for result in found]
        whole = [result for result in found if result.finished]
        if not whole:
            continue
        arms[arm] = whole
        bests = sorted(result.best or 0.0 for result in whole)
        rounds = " / ".join(quantile(whole, q, "rounds") for q in (0.25, 0.5, 0.75))
        cpu = " / ".join(quantile(whole, q, "cpu_s") for q in (0.25, 0.5, 0.75))
        lines.append(
            f"| `{arm}` | {words} | {len(whole)} | {sum(r.hit for r in whole)} | {rounds} | {cpu} "
            f"| {bests[len(bests) // 2]:.6f} | {bests[0]:.6f} "
            f"| {sum(r.failed for r in whole)} of {sum(r.rounds for r in whole)} |"
        )
    tests = [
        comparison(arms["default"], arms[arm], arm) for arm in ("uniform", "second") if {"default", arm} <= set(arms)
    ]
    lines += ["", *tests]
    (out / "results.json").write_text(json.dumps(raw, indent=1))
    facts = f"{PROBLEM}, target {TARGET} certified, cap {ROUNDS} rounds, {CPU_SECONDS} CPU s a candidate, one worker"
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    seeds = ", ".join(map(str, sorted({int(str(result["seed"])) for result in raw})))
    return "\n".join([f"{facts}; seeds {seeds}; {machine}.", "", *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--arms", default=",".join(FIRST_TABLE))
    parser.add_argument("--more-seeds", action="store_true", help="the fifteen further seeds instead of the first five")
    parser.add_argument("--hours", type=float, default=24.0)
    options = parser.parse_args()
    arms = options.arms.split(",")
    unknown = [arm for arm in arms if arm not in ARMS]
    if unknown:
        parser.error(f"--arms: there is no arm {unknown[0]!r}; there is {', '.join(ARMS)}")
    if options.what == "run":
        run(options.out, arms, MORE_SEEDS if options.more_seeds else SEEDS, options.jobs, options.hours)
    print(report(options.out))


if __name__ == "__main__":
    main()
