"""What a round costs when proposing and computing cost nothing: rounds per second, processor time, memory, disk.

    python benchmarks/overhead.py                                 # our rows, 1,000 rounds each
    python benchmarks/overhead.py --peers FOLDER                  # and OpenEvolve and SkyDiscover, installed in FOLDER
    python benchmarks/overhead.py --peers FOLDER --long           # and 10,000 rounds with 4 workers
    python benchmarks/overhead.py --only "4 workers" --rounds 300 # rows whose name has these words

``FOLDER`` is a virtual environment of its own: ``python -m venv FOLDER`` and
``FOLDER/bin/pip install openevolve==0.4.0 skydiscover==0.1.0``. Without it their rows say "not installed".

Ours runs through the command line on ``trivial_domain.py``. The others get the same programs from a model server in
this process that answers at once in the chat format of OpenAI; their evaluator calls the program in their own process,
as in their examples: they isolate nothing. Processor time is that between the first round and the last, so that
start-up is not in it: "own" is the process that was started, from ``/proc``; "whole tree" is all below it too, ended
ones as well, by a task clock of ``perf_event_open`` that children inherit. The model server is in neither. Memory is
the highest sum of proportional set sizes, looked at once a second.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import math
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trivial_domain

HERE = Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
#: A run that makes no progress for this long is ended, seconds.
STALLED_S = 120.0
EVERY = 100


def fields_of(pid: int | str) -> list[str]:
    """Fields of ``/proc/PID/stat`` from the third, the state; empty if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def own_seconds(pid: int) -> float:
    """Processor seconds of all threads of a process."""
    fields = fields_of(pid)
    return (int(fields[11]) + int(fields[12])) / TICK if fields else math.nan


#: Number of the system call ``perf_event_open``.
PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}


class TreeClock:
    """Processor time of a process and of all that it will start, whether or not anybody waits for them."""

    def __init__(self, pid: int) -> None:
        # struct perf_event_attr: software event (1), its size, task clock (1); flags: inherit, exclude_kernel (a clock
        # counts everything all the same, and may be used without rights).
        attributes = struct.pack("<IIQQQQQ", 1, 112, 1, 0, 0, 0, 1 << 1 | 1 << 5) + bytes(112 - 48)
        number = PERF_EVENT_OPEN.get(platform.machine())
        libc = ctypes.CDLL(None)
        self._file = -1 if number is None else libc.syscall(number, ctypes.c_char_p(attributes), pid, -1, -1, 0)

    def seconds(self) -> float:
        """So far; NaN where the system does not tell."""
        return math.nan if self._file < 0 else struct.unpack("<Q", os.read(self._file, 8))[0] / 1e9

    def close(self) -> None:
        """Count no more."""
        if self._file >= 0:
            os.close(self._file)


def tree_of(root: int) -> list[int]:
    """``root`` and the processes below it."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        fields = fields_of(entry.name) if entry.name.isdigit() else []
        if fields:
            below.setdefault(int(fields[1]), []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        found.append(queue.pop())
        queue += below.get(found[-1], [])
    return found


def proportional_mb(pids: list[int]) -> float:
    """Sum of proportional set sizes, MiB: memory that processes share counts once."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
            total += int(match.group(1)) if match else 0
    return total / 1024


def disk_mb(folder: Path) -> float:
    """What the files and folders below ``folder`` take on disk, MB."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / 1e6


@dataclass(frozen=True)
class Mark:
    """Where a run stands after a number of rounds."""

    rounds: int
    wall: float
    own_s: float
    tree_s: float


@dataclass
class Watch:
    """Follows one run: told of each round as it is done, and looks at its memory once a second."""

    started: float = field(default_factory=time.monotonic)
    pid: int = 0
    clock: TreeClock | None = None
    rounds: int = 0
    marks: list[Mark] = field(default_factory=list)
    peak_mb: float = 0.0
    last: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def round_done(self, last: int = -1) -> None:
        """One more round; ``last`` is the number of the last. The first call ends the start-up and is round 0."""
        with self._lock:
            rounds = self.rounds
            self.rounds += 1
            self.last = time.monotonic()
            if rounds % EVERY == 0 or rounds == last:
                tree_s = self.clock.seconds() if self.clock is not None else math.nan
                self.marks.append(Mark(rounds, self.last, own_seconds(self.pid), tree_s))

    def look(self) -> None:
        """Until :meth:`stop`: memory once a second."""
        while not self._over.wait(1.0):
            self.peak_mb = max(self.peak_mb, proportional_mb(tree_of(self.pid)))

    def stop(self) -> None:
        """No more looking."""
        self._over.set()


class ModelServer:
    """Answers chat requests at once, in the format of OpenAI; each answer is a new program."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.last = 0
        self.count = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = 1 << 16

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = json.dumps(owner.answer()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self) -> dict[str, object]:
        """The next program, as a whole."""
        self.watch.round_done(self.last)
        self.count += 1
        text = f"The next number.\n\n```python\n{block(trivial_domain.program(self.count))}```\n"
        message = {"role": "assistant", "content": text}
        return {
            "id": f"chat-{self.count}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": "instant",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }


def block(source: str) -> str:
    """``source`` between the markers that the others look for."""
    return f"# EVOLVE-BLOCK-START\n{source}# EVOLVE-BLOCK-END\n"


EVALUATOR = """\
import importlib.util


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {"combined_score": float(module.solve()["x"])}
"""


@dataclass(frozen=True)
class Row:
    """One run to be measured."""

    name: str
    rounds: int
    isolated: str
    command: Callable[[Path, str, int], list[str]]
    """(folder, address of the model server, rounds) -> command line."""
    ours: bool = True
    present: bool = True


def ours(name: str, rounds: int, workers: int, *more: str, isolated: str = "yes") -> Row:
    """A run of asi-evolve."""

    def command(folder: Path, _: str, count: int) -> list[str]:
        tool = [sys.executable, "-m", "asi_evolve", "--plugin", str(HERE / "trivial_domain.py"), "run", "--seed", "1"]
        return [*tool, "--rounds", str(count), "--workers", str(workers), "--db", str(folder / "a.duckdb"), *more]

    return Row(f"asi-evolve, {name}", rounds, isolated, command)


def peer(package: str, name: str, rounds: int, workers: int, environment: Path | None) -> Row:
    """A run of one of the others. Their settings: whole programs as answers, no prompts kept, no cascade of
    evaluations, no artifacts, few words in the log, a checkpoint (which is what keeps their results) every 100 rounds.
    """
    tool = (environment or Path("/nonexistent")) / "bin" / f"{package}-run"

    def command(folder: Path, url: str, count: int) -> list[str]:
        model = {"name": "instant", "api_base": url, "api_key": "none"}
        llm = {"api_base": url, "api_key": "none", "models": [model], "evaluator_models": [model]}
        evaluator = {"cascade_evaluation": False, "parallel_evaluations": workers}
        config: dict[str, object] = {"max_iterations": count, "checkpoint_interval": 100, "llm": llm}
        if package == "openevolve":
            llm["primary_model"] = "instant"
            config |= {"diff_based_evolution": False, "log_level": "WARNING", "evaluator": evaluator}
            evaluator["enable_artifacts"] = False
            config["database"] = {"log_prompts": False}
        else:
            config |= {"diff_based_generation": False, "log_level": "WARNING", "evaluator": evaluator}
            config["search"] = {"type": "topk", "database": {"log_prompts": False}}
        # JSON is YAML.
        (folder / "config.yaml").write_text(json.dumps(config))
        (folder / "evaluator.py").write_text(EVALUATOR)
        (folder / "program.py").write_text(block(trivial_domain.program(0)))
        files = [str(folder / "program.py"), str(folder / "evaluator.py"), "--config", str(folder / "config.yaml")]
        return [str(tool), *files, "--output", str(folder / "out"), "--iterations", str(count)]

    return Row(name, rounds, "no", command, ours=False, present=tool.exists())


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """All rows in the order of the table."""
    n = options.rounds
    yield ours("4 workers", n, 4)
    yield ours("1 worker", n, 1)
    yield ours("4 workers, grammar proposer", n, 4, "--set", "domain.instant=false")
    yield ours("4 workers, `--sandbox none`", n, 4, "--sandbox", "none", isolated="no")
    if options.long:
        yield ours("4 workers, long", 10 * n, 4)
    yield peer("openevolve", "OpenEvolve 0.4.0, 4 workers", n, 4, options.peers)
    yield peer("openevolve", "OpenEvolve 0.4.0, 1 worker", n, 1, options.peers)
    yield peer("skydiscover", "SkyDiscover 0.1.0 (top-k; one at a time)", n, 1, options.peers)


_OUR_ROUND = re.compile(rb"^[ *] round +(seed|\d+/)")


def measure(row: Row, server: ModelServer, keep: Path | None) -> tuple[Watch, float, str]:
    """Run ``row``; gives what was seen, the disk used in MB, and what went wrong (empty: nothing)."""
    folder = Path(tempfile.mkdtemp(prefix="overhead-"))
    try:
        command = row.command(folder, server.url, row.rounds)
        server.count, server.last = 0, row.rounds - 1
        before = {name: value for name, value in os.environ.items() if not name.startswith("ASIEVOLVE")}
        with (folder / "log.txt").open("wb") as log:
            watch = server.watch = Watch()
            process = subprocess.Popen(
                # It waits for a line until its clock is there.
                ["/bin/sh", "-c", 'read -r _ && exec "$@" </dev/null', "sh", *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if row.ours else log,
                stderr=log,
                cwd=folder,
                env=before,
            )
            watch.pid, watch.clock = process.pid, TreeClock(process.pid)
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.close()
            looking = threading.Thread(target=watch.look, daemon=True)
            looking.start()
            if row.ours:
                assert process.stdout is not None
                for line in process.stdout:
                    if _OUR_ROUND.match(line):
                        watch.round_done(row.rounds)
            while process.poll() is None:
                if time.monotonic() - watch.last > STALLED_S:
                    process.kill()
                time.sleep(0.02)
            watch.stop()
            looking.join()
            watch.clock.close()
        problem = "" if process.returncode == 0 else f"exit status {process.returncode}"
        if watch.rounds < row.rounds:
            problem = f"{watch.rounds} of {row.rounds} rounds, exit status {process.returncode}"
        log_text = (folder / "log.txt").read_text(errors="replace")
        if keep is not None or problem:
            (keep or Path.cwd()).joinpath(f"{row.name.partition(',')[0]}.log").write_text(log_text)
        (folder / "log.txt").unlink()
        if row.ours:
            return watch, disk_mb(folder), problem
        return watch, disk_mb(folder / "out") if (folder / "out").exists() else 0.0, problem
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def between(first: Mark, last: Mark) -> tuple[float, float, float]:
    """Rounds per second, own and tree's CPU milliseconds per round."""
    count = last.rounds - first.rounds
    if count <= 0:
        return math.nan, math.nan, math.nan
    return (
        count / (last.wall - first.wall),
        1000 * (last.own_s - first.own_s) / count,
        1000 * (last.tree_s - first.tree_s) / count,
    )


HEADER = (
    "| | isolation | rounds | rounds/s | own CPU ms/round | whole tree's CPU ms/round | first against last tenth: "
    "rounds/s | own CPU ms | start to first round, s | peak memory, MB | disk, MB per 1,000 rounds |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def line(row: Row, watch: Watch, disk: float, problem: str) -> str:
    """A row of the table."""
    if problem or len(watch.marks) < 2:
        return f"| {row.name} | {row.isolated} | failed: {problem or 'too few rounds'} |" + " |" * 8
    first, last = watch.marks[0], watch.marks[-1]
    rate, own, tree = between(first, last)
    tenth = max(EVERY, row.rounds // 10)
    early = next((mark for mark in watch.marks if mark.rounds >= tenth), last)
    late = next((mark for mark in reversed(watch.marks) if mark.rounds <= row.rounds - tenth), first)
    a, b = between(first, early), between(late, last)
    return (
        f"| {row.name} | {row.isolated} | {row.rounds:,} | {rate:.0f} | {own:.1f} | {tree:.1f} | "
        f"{a[0]:.0f} / {b[0]:.0f} | {a[1]:.1f} / {b[1]:.1f} | {first.wall - watch.started:.2f} | {watch.peak_mb:.0f} | "
        f"{disk * 1000 / row.rounds:.1f} |"
    )


def machine() -> str:
    """Where this was measured, in a line."""
    model = "unknown processor"
    with contextlib.suppress(OSError):
        match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        model = match.group(1) if match else model
    import duckdb
    import numpy as np
    from asi_evolve import __version__

    return (
        f"asi-evolve {__version__}, Python {platform.python_version()}, duckdb {duckdb.__version__}, numpy "
        f"{np.__version__}; {len(os.sched_getaffinity(0))} cores of {model}, Linux {platform.release()}; load average "
        f"before {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--long", action="store_true", help="one row more, with ten times the rounds")
    parser.add_argument("--peers", type=Path, help="virtual environment with openevolve and skydiscover")
    parser.add_argument("--only", help="only rows whose name contains this")
    parser.add_argument("--logs", type=Path, help="folder for what the runs said")
    options = parser.parse_args()
    if options.rounds < 2 * EVERY:
        parser.error(f"--rounds: at least {2 * EVERY}")
    if options.peers is not None:
        options.peers = options.peers.absolute()
    server = ModelServer()
    print(f"{machine()}\n\n{HEADER}", flush=True)
    for row in rows(options):
        if options.only and options.only not in row.name:
            continue
        if not row.present:
            print(f"| {row.name} | {row.isolated} | not installed |" + " |" * 8, flush=True)
            continue
        print(line(row, *measure(row, server, options.logs)), flush=True)
    print(f"\nLoad average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
