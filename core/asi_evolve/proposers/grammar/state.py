"""What the grammar proposer remembers: a small JSON dict, rebuilt by replaying the finished experiments.

Keys:

- ``count``: experiments taken in so far; no schedule depends on any total.
- ``rows``: the last experiments, oldest first, as ``[held, fitness]``; ``held`` has for each slot the number of its
  block (-1 for unknown code), or for a sequence the list of the numbers of its steps' blocks; ``fitness`` is None
  for a failure.
- ``best``: the highest fitness so far.
- ``operators``: operator -> ``[won, lost, tried, improved]``; the first two fade (``decay``), the others count.
- ``blocks``: ``slot/block`` -> ``[tried, improved]``: proposals that brought the block in, and those of them that
  beat their parent.
- ``tuned``: ``slot/block`` -> ``[fitness, {constant: value}]``: its constants in the best program that held it.
- ``moved``: ``constant@block`` -> ``[mutated, moved]``: mutations of a constant, and those after which the score was
  another one.
- ``step``: mutation scale.
- ``seen``: short hashes of the last programs, oldest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.proposers.grammar.options import GrammarOptions
from asi_evolve.proposers.grammar.program import known, split_steps
from asi_evolve.records import Experiment
from asi_evolve.source.tree import SourceError

State = dict[str, Any]

_RELATIVE = 1e-6
_SEEN = 256
_HASH = 16
#: The step shrinks when fewer than one mutation in five improves, the 1/5 success rule of Rechenberg (1973),
#: "Evolutionsstrategie", Frommann-Holzboog; the factors balance at exactly that share.
_GROW, _SHRINK = 1.22, 0.951
_STEP_RANGE = (0.02, 0.5)


def initial(options: GrammarOptions) -> State:
    """The state of a new run."""
    return {
        "count": 0,
        "rows": [],
        "best": None,
        "operators": {},
        "blocks": {},
        "tuned": {},
        "moved": {},
        "step": options.mutation_scale,
        "seen": [],
    }


def short(digest: str) -> str:
    """A program hash as it is remembered."""
    return digest[:_HASH]


def held_numbers(grammar: Grammar, held: Mapping[str, str]) -> list[Any]:
    """Slot contents as numbers, in the order of the grammar's slots."""
    out: list[Any] = []
    for slot in grammar.slots:
        names = [block.name for block in grammar.book.of(slot.name)]
        here = held.get(slot.name)
        if slot.kind == "sequence":
            steps = split_steps(here) if known(here) and here is not None else []
            out.append([names.index(step) for step in steps if step in names])
        else:
            out.append(names.index(here) if here in names else -1)
    return out


def improvement(experiment: Experiment, parent: Experiment | None, tolerance: float) -> bool | None:
    """Whether a child beat its parent; None if there is no parent to compare with."""
    if parent is None or parent.fitness is None:
        return None
    return experiment.fitness is not None and experiment.fitness > parent.fitness + margin(parent.fitness, tolerance)


def margin(fitness: float, tolerance: float) -> float:
    """By how much two fitnesses must differ to count as different: below that lies how well the last step converged."""
    return max(tolerance, _RELATIVE * abs(fitness))


def constant_key(name: str, held: Mapping[str, str]) -> str:
    """A constant together with the block that it belongs to: two blocks of a slot may use one name."""
    return f"{name}@{held.get(name.split('.')[0], '')}"


def updated(
    state: State,
    experiment: Experiment,
    parent: Experiment | None,
    grammar: Grammar,
    options: GrammarOptions,
    tolerance: float,
) -> State:
    """The state after one more finished experiment; the argument is left as it is."""
    if grammar.entry not in experiment.candidate.files:
        return state  # A round in which no program came about.
    notes = experiment.notes
    new = dict(state)
    program = grammar.program(experiment.candidate.files)
    held = program.blocks
    fitness = experiment.fitness
    digest = short(str(notes.get("program_hash") or program.digest))
    new["seen"] = [*(s for s in state["seen"] if s != digest), digest][-_SEEN:]
    if experiment.status in ("rejected", "interrupted", "killed"):
        return new  # A program that never ran to its end says nothing about its blocks.
    new["count"] = state["count"] + 1
    if experiment.candidate.origin == "baseline":
        return new
    new["rows"] = [*state["rows"], [held_numbers(grammar, held), fitness]][-options.memory :]
    best = state["best"]
    improved = improvement(experiment, parent, tolerance)
    operator = notes.get("operator")
    if improved is not None and isinstance(operator, str):
        new_best = fitness is not None and (best is None or fitness > best + margin(best, tolerance))
        reward = 1.0 if new_best else 0.5 if improved else 0.0
        new["operators"] = _operators(state["operators"], operator, reward, improved, options.decay)
        if operator == "tune":
            step = state["step"] * (_GROW if improved else _SHRINK)
            new["step"] = min(max(step, _STEP_RANGE[0]), _STEP_RANGE[1])
            new["moved"] = _moved(state["moved"], experiment, parent, held, tolerance)
        brought = [f"{slot}/{block}" for slot, block in _brought(notes)]
        blocks = {key: list(counts) for key, counts in state["blocks"].items()}
        for key in brought:
            tried, won = blocks.get(key, [0, 0])
            blocks[key] = [tried + 1, won + int(improved)]
        new["blocks"] = blocks
    if fitness is not None:
        new["best"] = fitness if best is None else max(best, fitness)
        new["tuned"] = _tuned(state["tuned"], program, held, fitness)
    return new


def _moved(
    old: Mapping[str, list[int]],
    experiment: Experiment,
    parent: Experiment | None,
    held: Mapping[str, str],
    tolerance: float,
) -> dict[str, list[int]]:
    before = parent.fitness if parent is not None else None
    if before is None:
        return dict(old)
    fitness = experiment.fitness
    moved = fitness is None or abs(fitness - before) > margin(before, tolerance)
    new = dict(old)
    for name in experiment.notes.get("changed", ()):
        if isinstance(name, str) and name in experiment.notes.get("constants", {}):
            key = constant_key(name, held)
            tried, times = new.get(key, [0, 0])
            new[key] = [tried + 1, times + int(moved)]
    return new


def _operators(
    old: Mapping[str, list[float]], operator: str, reward: float, improved: bool, decay: float
) -> dict[str, list[float]]:
    new = {name: [won * decay, lost * decay, tried, wins] for name, (won, lost, tried, wins) in old.items()}
    won, lost, tried, wins = new.get(operator, [0.0, 0.0, 0, 0])
    new[operator] = [won + reward, lost + 1.0 - reward, tried + 1, wins + int(improved)]
    return {name: [round(w, 6), round(x, 6), t, i] for name, (w, x, t, i) in sorted(new.items())}


def _brought(notes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(slot, block) of what a proposal brought in."""
    brought = notes.get("brought", [])
    return [(str(slot), str(block)) for slot, block in brought] if isinstance(brought, list | tuple) else []


def _tuned(old: Mapping[str, Any], program: Any, held: Mapping[str, str], fitness: float) -> dict[str, Any]:
    new = dict(old)
    for slot, block in held.items():
        key = f"{slot}/{block}"
        if not known(block) or (key in new and new[key][0] >= fitness):
            continue
        try:
            values = {c.name: c.value for c in program.constants(slot)}
        except SourceError:
            continue
        if values:
            new[key] = [fitness, values]
    return new
