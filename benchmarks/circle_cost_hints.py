"""Cost hints of the circle packing blocks: what each block multiplies a program's CPU time by.

    python benchmarks/circle_cost_hints.py draw --circles 23 --seed 2 --count 480 --out draws.jsonl
    python benchmarks/circle_cost_hints.py fit  --out draws.jsonl

``draw`` runs uniformly random programs over the shipped blocks (in this process: they are the project's own code) and
appends one line for each; ``fit`` regresses the logarithm of their CPU seconds on their blocks and counts (ridge, so
that rare blocks stay near 1) and prints the factors, rounded as they stand in the blocks' docstrings. Only 20 to 24
circles: other problems have no say in what is tuned.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.proposers.grammar.uniform import draw_program
from asi_evolve.source.constants import read_constants
from asi_evolve_circle_packing.declaration import Config, configure

CPU_SECONDS = 10.0
#: Slots whose whole numbers are counted: together for the local optimisation, alone for the schedule.
COUNTED = (("refine", "relax"), ("schedule",))


class CeilingError(Exception):
    """A program reached the CPU ceiling."""


def grammar(circles: int) -> Grammar:
    return Grammar.of(configure(Config(problem=f"square-{circles}")), "numpy")


def cost(source: str, circles: int, seed: int) -> float:
    """CPU seconds of one call of ``pack``, at most the ceiling."""

    def strike(*_: object) -> None:
        raise CeilingError

    module: Any = types.ModuleType("candidate")
    sys.modules["candidate"] = module
    exec(compile(source, "candidate", "exec"), module.__dict__)
    signal.signal(signal.SIGVTALRM, strike)
    start = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        module.pack(circles, types.SimpleNamespace(cpu_s=CPU_SECONDS), np.random.default_rng(seed))
    except CeilingError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - start


def draw(out: Path, circles: int, seed: int, count: int) -> None:
    frame, rng = grammar(circles), np.random.default_rng(seed)
    with out.open("a", encoding="utf-8") as lines:
        for number in range(count):
            program = draw_program(frame, rng)
            constants = {c.name: c.value for slot in program.blocks for c in program.constants(slot)}
            cpu = cost(program.source, circles, seed * 1000 + number)
            row = {"circles": circles, "cpu": cpu, "blocks": program.blocks, "const": constants}
            lines.write(json.dumps(row) + "\n")
            lines.flush()


def fit(out: Path) -> str:
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    book = grammar(24).book
    names = [(slot.name, block.name) for slot in book.slots for block in book.of(slot.name)]
    default = {
        (slot, name): {c.name: c.value for c in read_constants(block.source) if c.integer and c.value > 0}
        for slot, name in names
        if (block := book.get(slot, name)) is not None
    }
    design = np.zeros((len(rows), len(names) + len(COUNTED)))
    for i, row in enumerate(rows):
        for slot, block in row["blocks"].items():
            design[i, names.index((slot, block))] = 1.0
            for j, slots in enumerate(COUNTED):
                if slot in slots:
                    design[i, len(names) + j] += sum(
                        math.log(row["const"][name] / value)
                        for name, value in default[slot, block].items()
                        if row["const"].get(name, 0) > 0
                    )
    # A millisecond is added because nothing cheaper can be told apart.
    y = np.log([row["cpu"] + 1e-3 for row in rows])
    centred = y - y.mean()
    effect = np.linalg.solve(design.T @ design + np.eye(design.shape[1]), design.T @ centred)
    left = float(np.std(centred - design @ effect))
    lines = [f"{len(rows)} programs; unexplained: a factor of {math.exp(left):.2f} (one standard deviation)"]
    lines += [f"{slot}/{name}: {math.exp(value):.1f}" for (slot, name), value in zip(names, effect, strict=False)]
    powers = effect[len(names) :]
    lines += [f"counts of {' and '.join(s)}: power {p:.2f}" for s, p in zip(COUNTED, powers, strict=True)]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["draw", "fit"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--circles", type=int, default=24, choices=range(20, 25))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=480)
    options = parser.parse_args()
    if options.what == "draw":
        draw(options.out, options.circles, options.seed, options.count)
    else:
        print(fit(options.out))


if __name__ == "__main__":
    main()
