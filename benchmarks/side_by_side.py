"""The same model for three tools: what a round costs, and how many paid answers a kill -9 loses.

    python benchmarks/side_by_side.py cost  --peers FOLDER [--rounds 500]
    python benchmarks/side_by_side.py kills --peers FOLDER [--trials 20] [--out kills.jsonl]

``FOLDER`` is a virtual environment with ``openevolve==0.4.0`` and ``skydiscover==0.1.0`` (see ``overhead.py``, whose
clocks are used here). The model is a server in this process that answers at once, in the chat format of OpenAI: answer
``n`` is a program that returns ``1 - 1 / (n + 2)``, so that each is better than all before. The others get it as a
block of code, as they ask for it; ours gets it as the JSON answer that our prompt asks for (``--proposer llm``).

``kills``: a run is started, and killed with all its processes after a random number of answers and a random fraction
of a second more. Then it is resumed in the way its tool has for that. An answer that was served before the kill is
*lost* if its round is not in what the resume goes on from: the experiments of our database, the checkpoint of the
others (which may have dropped its program since; that is no loss). They are given a checkpoint every 10 rounds (the
default of SkyDiscover; that of OpenEvolve is 100). ``--out`` gets one line for each trial; trials that are there
already are not made again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import overhead
from overhead import HERE, ModelServer, Row

CHECKPOINT = 10
#: Rounds of a run that is killed.
ROUNDS = 60
#: Seconds for a run and for a resume; only a hang comes near it.
PATIENCE_S = 900.0
_ATTEMPT = re.compile(r"Attempt (\d+)\.")


def improving(number: int) -> str:
    """The program of answer ``number``, better than all before it."""
    return f'''\
"""Attempt {number}."""


def value():
    return {1.0 - 1.0 / (number + 2)!r}


def solve():
    return {{"x": value()}}
'''


class Model(ModelServer):
    """Counts what it served; ``text`` makes an answer of a number."""

    def __init__(self, text: Callable[[int], str], *, tells_rounds: bool) -> None:
        self._text, self._tells_rounds = text, tells_rounds
        self._numbers = threading.Lock()
        self.served = threading.Condition()
        super().__init__()

    def answer(self) -> dict[str, object]:
        """The next answer."""
        if self._tells_rounds:
            self.watch.round_done(self.last)
        with self._numbers:
            self.count += 1
            number = self.count
        message = {"role": "assistant", "content": self._text(number)}
        with self.served:
            self.served.notify_all()
        return {
            "id": f"chat-{number}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": "instant",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }


def fenced(number: int) -> str:
    """As the others ask for it."""
    return f"A little more.\n\n```python\n{overhead.block(improving(number))}```\n"


def as_json(number: int) -> str:
    """As our prompt asks for it."""
    return json.dumps(
        {
            "motivation": "A little more.",
            "expected_effect": "A little more.",
            "used": [],
            "files": [{"path": "candidate.py", "source": improving(number)}],
            "edits": [],
        }
    )


def ours(workers: int) -> Row:
    """A run of asi-evolve with the model."""

    def command(folder: Path, url: str, count: int) -> list[str]:
        tool = [sys.executable, "-m", "asi_evolve", "--plugin", str(HERE / "trivial_domain.py"), "run", "--seed", "1"]
        model = ["--proposer", "llm", "--llm", "openai:instant", "--set", f"model.base_url={url}"]
        # Reports of the model are more questions, which the others do not ask.
        sets = ["--set", "domain.instant=false", "--set", "model.max_tokens=2000", "--set", "analyzer.name=rules"]
        return [
            *tool,
            "--rounds",
            str(count),
            "--workers",
            str(workers),
            "--db",
            str(folder / "a.duckdb"),
            *model,
            *sets,
        ]

    return Row(f"asi-evolve, {workers} worker{'s' * (workers > 1)}", 0, "yes", command)


@dataclass(frozen=True)
class Tool:
    """How one of the tools is started, resumed and read."""

    name: str
    row: Row
    server: Model
    resume: Callable[[Path], list[str]]
    kept: Callable[[Path], int]
    """Rounds with an answer in its store."""


def tools(peers: Path, workers: int) -> list[Tool]:
    """Those that are installed."""
    mine, others = Model(as_json, tells_rounds=False), Model(fenced, tells_rounds=True)
    found = [Tool(f"asi-evolve, {workers} workers", ours(workers), mine, _resume_ours, _kept_ours)]
    for package, name, count in (
        ("openevolve", f"OpenEvolve 0.4.0, {workers} workers", workers),
        ("skydiscover", "SkyDiscover 0.1.0 (top-k; one at a time)", 1),
    ):
        row = overhead.peer(package, name, 0, count, peers)
        if row.present:
            found.append(Tool(name, row, others, _resume_peer(peers, package), _kept_peer))
    return found


def _resume_ours(folder: Path) -> list[str]:
    return [sys.executable, "-m", "asi_evolve", "resume", "--db", str(folder / "a.duckdb")]


def _kept_ours(folder: Path) -> int:
    import duckdb

    with duckdb.connect(str(folder / "a.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT source FROM candidate_files JOIN experiments USING (experiment_id) WHERE valid AND round > 0"
        ).fetchall()
    # Those of the first answers: what the resume asked for is numbered after them.
    return len({match.group(1) for (source,) in rows if (match := _ATTEMPT.search(source))})


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(folder.glob("out/checkpoints/checkpoint_*"), key=lambda path: int(path.name.rpartition("_")[2]))


def _resume_peer(peers: Path, package: str) -> Callable[[Path], list[str]]:
    def command(folder: Path) -> list[str]:
        files = [str(folder / "program.py"), str(folder / "evaluator.py"), "--config", str(folder / "config.yaml")]
        more = [*files, "--output", str(folder / "out"), "--iterations", str(2 * CHECKPOINT)]
        known = _checkpoints(folder)
        return [str(peers / "bin" / f"{package}-run"), *more, *(["--checkpoint", str(known[-1])] if known else [])]

    return command


def _kept_peer(folder: Path) -> int:
    known = _checkpoints(folder)
    return int(known[-1].name.rpartition("_")[2]) if known else 0


def start(command: list[str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """In a session of its own, so that all of it can be killed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASIEVOLVE")}
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def checkpoints_every(folder: Path, rounds: int) -> None:
    """Set the interval in the configuration that ``overhead.peer`` wrote."""
    path = folder / "config.yaml"
    if path.exists():
        config = json.loads(path.read_text())
        path.write_text(json.dumps({**config, "checkpoint_interval": rounds}))


def kill_trial(tool: Tool, seed: int) -> dict[str, Any]:
    """One run that is killed and resumed."""
    draw = random.Random(f"{tool.name}:{seed}")
    after, more_s = draw.randint(1, ROUNDS - 1), draw.uniform(0.0, 0.1)
    folder = Path(tempfile.mkdtemp(prefix="side-by-side-"))
    log = folder / "log.txt"
    server = tool.server
    server.count, server.last, server.watch = 0, 10**9, overhead.Watch()
    try:
        command = tool.row.command(folder, server.url, ROUNDS)
        checkpoints_every(folder, CHECKPOINT)
        process = start(command, folder, log)
        deadline = time.monotonic() + PATIENCE_S
        with server.served:
            while server.count < after and process.poll() is None and time.monotonic() < deadline:
                server.served.wait(0.2)
        time.sleep(more_s)
        ended = process.poll() is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # What was under way is served by now: nobody asks any more.
        served = server.count
        kept = tool.kept(folder) if not tool.row.ours else -1
        again = start(tool.resume(folder), folder, log)
        again.wait(PATIENCE_S)
        if tool.row.ours:  # paid answers become experiments in the resume, so all that it asked for is taken off
            kept = tool.kept(folder) - (server.count - served)
        return {
            "tool": tool.name,
            "trial": seed,
            "served": served,
            "lost": max(0, served - kept),
            "asked_by_resume": server.count - served,
            "resume_status": again.returncode,
            "ended_before_kill": ended,
            "words": "" if again.returncode == 0 else log.read_text(errors="replace")[-600:],
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kills(options: argparse.Namespace) -> None:
    """Make the trials that are missing, by turns, and print a table."""
    out: Path = options.out
    done = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    known = {(row["tool"], row["trial"]) for row in done}
    chosen = [tool for tool in tools(options.peers, 4) if options.only in tool.name]
    for seed in range(options.trials):
        for tool in chosen:
            if (tool.name, seed) in known:
                continue
            done.append(kill_trial(tool, seed))
            with out.open("a") as file:
                file.write(json.dumps(done[-1]) + "\n")
    print(
        "| | kills | resumes that failed | answers served before a kill | of these lost | most lost in one kill |\n"
        "|---|---|---|---|---|---|"
    )
    for name in dict.fromkeys(row["tool"] for row in done):
        mine = [row for row in done if row["tool"] == name and not row["ended_before_kill"]]
        if not mine:
            continue
        failed = sum(row["resume_status"] != 0 for row in mine)
        served, lost = sum(row["served"] for row in mine), [row["lost"] for row in mine]
        print(f"| {name} | {len(mine)} | {failed} | {served} | {sum(lost)} ({sum(lost) / served:.1%}) | {max(lost)} |")


def cost(options: argparse.Namespace) -> None:
    """Measure a round of each and print a table."""
    print(f"{overhead.machine()}\n\n{overhead.HEADER}", flush=True)
    for workers in (4, 1):
        for tool in tools(options.peers, workers):
            if options.only not in tool.name or (workers == 4 and "one at a time" in tool.name):
                continue
            name = tool.name.replace("1 workers", "1 worker")
            row = Row(name, options.rounds, tool.row.isolated, tool.row.command, ours=tool.row.ours)
            print(overhead.line(row, *overhead.measure(row, tool.server, None)), flush=True)


def main() -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, function in (("cost", cost), ("kills", kills)):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        command.add_argument("--peers", type=Path, required=True)
        command.add_argument("--only", default="", help="only tools whose name contains this")
        if name == "cost":
            command.add_argument("--rounds", type=int, default=500)
        else:
            command.add_argument("--trials", type=int, default=20)
            command.add_argument("--out", type=Path, default=Path("kills.jsonl"))
    options = parser.parse_args()
    options.peers = options.peers.absolute()
    options.function(options)


if __name__ == "__main__":
    main()
