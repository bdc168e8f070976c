"""What a very long run costs, at 100,000 or 1,000,000 experiments: a round's sampling and recall, memory, each command.

    python benchmarks/scale.py --size 100000                 (makes the history first: a minute; 1,000,000: some ten)
    python benchmarks/scale.py --size 1000000 --out FOLDER   (keeps the database in FOLDER and uses it again)

The history is made by ``scale_history.py``. Times are wall and processor time, all threads together, in milliseconds:
the median of the rounds, and the worst. On a machine that does other work the processor time is the one to read.
Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SAMPLERS = ("ucb1", "greedy", "random", "map_elites", "islands", "top_k")
GOAL_MS = {100_000: 5.0, 1_000_000: 20.0}


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What ``work`` gives, its wall and its processor milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def resident() -> float:
    """Resident memory of this process now, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def spread(times: list[tuple[float, float]]) -> str:
    """``median wall / median processor (worst processor)``."""
    walls, cpus = [t[0] for t in times], [t[1] for t in times]
    return f"{statistics.median(walls):.1f} | {statistics.median(cpus):.1f} | {max(cpus):.1f}"


def measure_rounds(db: Path, run_id: str, rounds: int) -> None:
    """Open and resume in this process, then ``rounds`` rounds with each sampler. Run it in a process of its own."""
    import asi_evolve.api.start  # noqa: F401  what a run has loaded before it opens its database
    from asi_evolve.loop.memory import RunMemory
    from asi_evolve.loop.round import recall
    from asi_evolve.plugins import load_plugins
    from asi_evolve.proposers.grammar import GrammarProposer
    from asi_evolve.sampling import make_sampler
    from asi_evolve.store import open_store
    from scale_history import DOMAIN

    domain = load_plugins(str(DOMAIN)).domain
    proposer = GrammarProposer(domain, "numpy", {})
    empty = resident()
    store, *opened = timed(lambda: open_store(db, purpose="a benchmark"))
    state = store.state(run_id)
    memory: Any = None

    def resume(sampler: str) -> None:
        nonlocal memory
        memory = RunMemory(store, run_id, 1, make_sampler(sampler, {}, domain), proposer, domain.stages)
        memory.restore(store.iter_entries(run_id), {"proposer": state["proposer"]})

    _, *restored = timed(lambda: resume("ucb1"))
    print("| opening the database and resuming | wall s | processor s |\n|---|---|---|")
    print(f"| open | {opened[0] / 1000:.2f} | {opened[1] / 1000:.2f} |")
    print(f"| history, lessons and states | {restored[0] / 1000:.1f} | {restored[1] / 1000:.1f} |")
    _, *hashed = timed(lambda: hashes(store, run_id))
    print(f"| program hashes (duplicates) | {hashed[0] / 1000:.1f} | {hashed[1] / 1000:.1f} |")
    print(
        f"\nResident memory: {empty:.0f} MiB before, {resident():.0f} MiB after; {len(memory.history):,} experiments.\n"
    )
    print(
        "| sampler | sample: wall ms | processor ms | worst | first recall: wall ms | processor ms | worst | ", end=""
    )
    print("again: wall ms | processor ms | worst | state, bytes |\n|---|---|---|---|---|---|---|---|---|---|---|")
    history, number = memory.history, int(memory.history.rounds.max())
    for name in SAMPLERS:
        sampler = make_sampler(name, {}, domain)
        memory._sampler, memory._sampler_state = sampler, sampler.init()
        if memory._sampler_state:
            for index in range(len(history)):
                memory._sampler_state = sampler.update(memory._sampler_state, history, index)
        services: Any = SimpleNamespace(
            lock=threading.RLock(), load=memory.load, context=SimpleNamespace(cognition=None), cognition_k=0, seed=1
        )
        services.domain, sample, first, again, tickets = domain, [], [], [], []
        for _ in range(rounds):
            number += 1
            ticket, *took = timed(lambda: memory.begin(number))  # noqa: B023
            sample.append(took)
            tickets.append(ticket)
            (request, _), *took = timed(lambda: recall(services, ticket))  # noqa: B023
            first.append(took)
            experiment = child(request, ticket)
            memory.integrate(experiment)
            store.record(experiment, state=memory.state()).result()
        for ticket in tickets:
            drop_caches(memory, store)  # what is asked again has left the memory meanwhile
            again.append(timed(lambda: recall(services, ticket))[1:])  # noqa: B023
        size = len(json.dumps(memory._sampler_state))
        print(f"| {name} | {spread(sample)} | {spread(first)} | {spread(again)} | {size:,} |", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak resident memory of this process: {peak:.0f} MiB.")
    store.close()


def drop_caches(memory: Any, store: Any) -> None:
    """As if a thousand other records had been read since."""
    memory._cache.clear()
    while store._cache:
        _, oldest = store._cache.popitem()
        if oldest.experiment_id not in store._spill:
            store._spill.put(oldest)


def hashes(store: Any, run_id: str) -> Any:
    """The index of programs as a resume builds it."""
    from asi_evolve.checks.duplicates import DuplicateIndex

    index = DuplicateIndex()
    index.refill(store.program_hashes(run_id))
    assert index.find("0" * 64) is None
    return index


def child(request: Any, ticket: Any) -> Any:
    """A finished experiment of that round: its parent again, with another value."""
    parent = request.parent
    value = ticket.number * 7919 % 1000 / 25.0
    candidate = replace(parent.candidate, experiment_id=ticket.experiment_id, parents=(parent.experiment_id,))
    score = replace(parent.score, value=value, fitness=value)
    data = {**ticket.selection.data, "parent": parent.experiment_id}
    return replace(
        parent,
        experiment_id=ticket.experiment_id,
        round=ticket.number,
        candidate=candidate,
        score=score,
        sampler_data=data,
        analysis=None,
    )


def command(*arguments: str) -> tuple[float, float, float, int]:
    """Wall seconds, processor seconds, peak MiB and exit code of Python with these arguments."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (
        time.perf_counter() - start,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
        process.returncode,
    )


def measure_commands(db: Path, run_id: str, report: Path) -> None:
    """Each command on its own; those that write come last."""
    sql = (
        "select stage, status, count(*) as n, avg(value) as mean, max(value) as best, quantile_cont(cpu_s, 0.9) as cpu "
        "from experiments group by all order by n desc"
    )
    commands = {
        "`asievolve --version` (nothing)": ["--version"],
        "`status`": ["status", "--db", str(db)],
        "`best`": ["best", "--db", str(db)],
        "`show` of an old round": ["show", f"{run_id}.77", "--db", str(db)],
        "`sql`, an aggregate over all experiments": ["sql", sql, "--db", str(db)],
        "`lineage` of the best": ["lineage", "best", "--db", str(db)],
        "`report`": ["report", run_id, "--out", str(report), "--db", str(db)],
        "`resume`, one more round": ["resume", run_id, "--rounds", "1", "--db", str(db), "--workers", "1"],
        "`fork`, everything and one round": ["fork", run_id, "--rounds", "1", "--db", str(db), "--workers", "1"],
    }
    print("\n| command | wall s | processor s | peak MiB | exit code |\n|---|---|---|---|---|")
    for name, arguments in commands.items():
        wall, cpu, peak, code = command("-m", "asi_evolve", *arguments)
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {code} |", flush=True)


def main() -> None:
    """Make the history if it is not there, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--out", type=Path, help="folder that keeps the database; default a temporary one")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--old", action="store_true", help="a database from before schema 4, without packed records")
    parser.add_argument("--part", choices=("make", "rounds", "commands"), help="only this part")
    options = parser.parse_args()
    import duckdb

    with tempfile.TemporaryDirectory() as scratch:
        folder = options.out or Path(scratch)
        folder.mkdir(exist_ok=True)
        kept = folder / f"scale-{options.size}{'-old' if options.old else ''}.duckdb"
        if not kept.exists():
            # In a process of its own: what a process starts begins with its peak of memory as theirs.
            code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            code += "from pathlib import Path; from scale_history import build\n"
            code += f"build(Path({str(kept)!r}), {options.size}, packed={not options.old})"
            took, *_ = command("-c", code)
            print(f"{options.size:,} experiments were made in {took:.0f} s.")
        # Measured on a copy: rounds, resume and fork write to it.
        db = Path(tempfile.mkdtemp(dir=folder)) / "scale.duckdb"
        shutil.copyfile(kept, db)
        with duckdb.connect(str(db), read_only=True) as connection:
            [(run_id,)] = connection.execute("SELECT run_id FROM runs ORDER BY position LIMIT 1").fetchall()
        size = db.stat().st_size / 1024**2
        print(f"\n## {options.size:,} experiments: {size:.0f} MiB, load average {os.getloadavg()[0]:.1f}\n", flush=True)
        if options.part in (None, "rounds"):
            code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            code += "import scale; from pathlib import Path\n"
            code += f"scale.measure_rounds(Path({str(db)!r}), {run_id!r}, {options.rounds})"
            subprocess.run([sys.executable, "-c", code], check=True)
            with duckdb.connect(str(db)) as connection:
                connection.execute("UPDATE runs SET rounds = (SELECT max(round) FROM experiments) WHERE position = 1")
        if options.part in (None, "commands"):
            measure_commands(db, run_id, Path(scratch) / "report")
        shutil.rmtree(db.parent)


if __name__ == "__main__":
    main()
