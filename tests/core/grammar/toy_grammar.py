"""A toy domain with three slots, one of whose blocks is best in each, and a loop around a proposer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from asi_evolve.domain import Backend, Block, Domain, Objective, Slot
from asi_evolve.records import Candidate, CognitionItem, Experiment, Lesson, ProposalRequest, Score
from asi_evolve.source.normalise import program_hash

ENTRY = "candidate.py"
SLOTS = ("start", "move", "stop")
SIZES = {"start": 4, "move": 6, "stop": 5}
#: Number of the best block of each slot.
TOP = {"start": 3, "move": 5, "stop": 2}


def block_source(slot: str, number: int) -> str:
    constants = ""
    if number:
        constants = "    a = tunable(0.5, 0.0, 1.0)\n    k = tunable(10, 1, 100, log=True)\n"
        constants += "    c = tunable('x', choices=('x', 'y'))\n"
    return f"def {slot}():\n{constants}    return {number}\n"


def toy(*, known: Mapping[str, tuple[str, ...]] | None = None) -> Domain:
    """The domain; ``known`` gives cognition ids to blocks."""
    blocks = tuple(
        Block(
            f"{slot}{number}",
            slot,
            block_source(slot, number),
            ("from asi_evolve import tunable",) if number else (),
            (known or {}).get(f"{slot}{number}", ()),
        )
        for slot in SLOTS
        for number in range(SIZES[slot])
    )
    frame = '"""A toy."""\n\nfrom __future__ import annotations\n\n\n'
    frame += "\n\n".join(block_source(slot, 0) for slot in SLOTS)
    frame += "\n\ndef solve():\n    return start() + move() + stop()\n"
    return Domain(
        "toy",
        "A toy",
        "Find the best blocks.",
        Objective("score"),
        {"numpy": Backend({"seed": {ENTRY: frame}}, entry=ENTRY, blocks=blocks)},
        slots=tuple(Slot(name) for name in SLOTS),
    )


def score(notes: Mapping[str, Any], digest: str) -> float:
    """0 to 3: for each slot 1 for its best block, else less; and a little luck that depends on the program."""
    value = 0.0
    for slot in SLOTS:
        number = int(notes["slots"][slot].removeprefix(slot))
        value += 1.0 if number == TOP[slot] else 0.1 * ((7 * number) % 5)
    return value + 0.05 * int(hashlib.sha256(digest.encode()).hexdigest()[:4], 16) / 65535


def experiment(
    number: int, files: Mapping[str, str], value: float | None, notes: Mapping[str, Any], parents: tuple[str, ...] = ()
) -> Experiment:
    ref = f"r.{number}" if number else "r.s0"
    return Experiment(
        ref,
        "r",
        number,
        Candidate(ref, dict(files), ENTRY, "numpy", parents=parents, origin="grammar" if number else "seed"),
        "ok" if value is not None else "timeout",
        score=Score(value, True) if value is not None else None,
        notes=notes,
    )


def seed_experiment(domain: Domain) -> Experiment:
    return experiment(0, domain.backends["numpy"].seeds["seed"], 0.0, {})


def evolve(
    proposer: Any,
    domain: Domain,
    seed: int,
    rounds: int,
    *,
    stop: Callable[[Mapping[str, Any]], bool] | None = None,
    cognition: tuple[CognitionItem, ...] = (),
    lessons: tuple[Lesson, ...] = (),
    through_json: bool = False,
) -> tuple[list[Experiment], dict[str, Any], int | None]:
    """Rounds from the best of two random earlier ones; (experiments, last state, round at which ``stop`` held)."""
    rng = np.random.default_rng(seed)
    past = [seed_experiment(domain)]
    state = proposer.update(proposer.init(), past[0], None)
    for number in range(1, rounds + 1):
        order = sorted(past, key=lambda e: -(e.fitness if e.fitness is not None else -1.0))
        parent = order[int(min(rng.geometric(0.5) - 1, len(order) - 1))] if proposer.uses_parent else None
        inspirations = tuple(e for e in order[:3] if e is not parent)
        request = ProposalRequest(
            number, f"r.{number}", parent, inspirations, cognition, lessons, rng_seed=int(rng.integers(2**31))
        )
        found = proposer.propose(state, request)
        digest = program_hash(found.files)
        done = experiment(number, found.files, score(found.notes, digest), found.notes, found.parents or ())
        state = proposer.update(state, done, parent)
        if through_json:
            state = json.loads(json.dumps(state))
        past.append(done)
        if stop is not None and stop(found.notes):
            return past, state, number
    return past, state, None


def all_best(notes: Mapping[str, Any]) -> bool:
    """Whether a program holds the best block in every slot."""
    return all(notes["slots"][slot] == f"{slot}{TOP[slot]}" for slot in SLOTS)
