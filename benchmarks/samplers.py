"""How samplers choose, against their definition and a uniform control, and what that is worth in a search.

    python benchmarks/samplers.py pressure [--seeds 20]         selection pressure on synthetic histories
    python benchmarks/samplers.py search   [--seeds 40] [--long]  regret on problems whose optimum is known

Prints Markdown. Deterministic: histories, problems and draws follow from the seeds 0 to N - 1; nothing is executed and
no clock is read. On one idle core ``pressure`` takes about 3 minutes, ``search`` 6 and ``search --long`` 20; ``--jobs``
uses more cores.
"""

from __future__ import annotations

import argparse
import concurrent.futures
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from asi_evolve import Backend, Block, Candidate, Domain, Experiment, Feature, Objective, Score, Slot
from asi_evolve.history import Entry, History
from asi_evolve.proposers.grammar import GrammarProposer
from asi_evolve.records import ProposalRequest
from asi_evolve.sampling import make_sampler

#: Arm -> sampler and options. The first of ``pressure`` are the defaults; ``random`` is the control.
DEFAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    name: (name, {}) for name in ("ucb1", "greedy", "random", "map_elites", "islands", "top_k")
}
SWEEP = {f"ucb1, c = {c:g}": ("ucb1", {"c": c}) for c in (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 1.414)}
MORE: dict[str, tuple[str, dict[str, Any]]] = {
    "greedy, epsilon = 0.1": ("greedy", {"epsilon": 0.1}),
    "greedy, epsilon = 0.3": ("greedy", {"epsilon": 0.3}),
}
GRID = (Feature("width", 0.0, 1.0, 5), Feature("depth", 0.0, 1.0, 5))
PRESSURE_ROUNDS, WARM_UP = 400, 50
#: Rounds after which the best so far is looked at; the second with ``--long``.
CHECKPOINTS, LONG = (20, 40, 100), (40, 100, 400)
#: Standard deviation of the error of a score in the noisy problem; programs differ by about 0.07.
NOISE = 0.05


def domain_with(features: Sequence[Feature]) -> Domain:
    backend = Backend(seeds={"seed": {"candidate.py": "def solve():\n    return 0\n"}})
    return Domain("toy", "Toy", "", Objective("value"), {"numpy": backend}, features=tuple(features))


# -- selection pressure


@dataclass
class Pressure:
    """What one history of ``PRESSURE_ROUNDS`` rounds showed; shares are from 0 to 1."""

    percentiles: list[float] = field(default_factory=list)
    cells: set[tuple[int, int]] = field(default_factory=set)
    parent_cells: list[tuple[int, int]] = field(default_factory=list)
    at_home: list[bool] = field(default_factory=list)
    different: int = 0
    most: int = 0
    migrations: int = 0


def pressure(
    name: str, options: Mapping[str, Any], seed: int, kind: str, scale: float = 1.0, shift: float = 0.0
) -> Any:
    """Rounds with a sampler in which a child is worth as much as chance says.

    ``independent``: children ignore their parent, so the sampler's choice alone shows. ``heritable``: a child is its
    parent plus a step that is more often down than up, and lies near it in behaviour: it matters whom one chooses.
    """
    sampler = make_sampler(name, options, domain_with(GRID))
    world = np.random.default_rng([seed, 77])
    worth = [0.0]
    places = [(0.5, 0.5)]
    history, state, found = History(), sampler.init(), Pressure()

    def append(index: int, valid: bool, parents: tuple[str, ...], data: Mapping[str, Any]) -> None:
        nonlocal state
        value = worth[index] * scale + shift if valid else None
        features = dict(zip(("width", "depth"), places[index], strict=True))
        status: Any = "ok" if valid else "error"
        origin: Any = "grammar" if index else "seed"
        entry = Entry(index, f"r.{index}", index, origin, status, valid, value, value, parents, features, data, valid)
        history.append(entry)
        state = sampler.update(state, history, index)

    append(0, True, (), {})
    home: dict[int, int] = {}
    ids = []
    for i in range(1, PRESSURE_ROUNDS + 1):
        selection, state = sampler.select(state, history, np.random.default_rng([seed, i]))
        assert selection.parent is not None
        parent = history.index_of(selection.parent)
        ids.append((parent, *(history.index_of(j) for j in selection.inspirations)))
        if i > WARM_UP:
            values = history.fitness[history.parentable]
            below = np.count_nonzero(values < history.fitness[parent])
            same = np.count_nonzero(values == history.fitness[parent])
            found.percentiles.append((below + 0.5 * (same - 1)) / max(1, len(values) - 1))
            found.parent_cells.append(_cell(places[parent]))
        island = selection.data.get("island")
        if island is not None:
            home[i] = int(island)
            if parent in home:
                found.at_home.append(home[parent] == island)
        step, move, valid = world.normal(), world.normal(size=2), world.random() > 1 / 9
        if kind == "heritable":
            worth.append(worth[parent] + step - 0.5)
            x, y = np.clip(np.array(places[parent]) + 0.12 * move, 0.0, 1.0)
        else:
            worth.append(step)
            x, y = (move % 1.0)[:2]
        places.append((float(x), float(y)))
        history.visit(selection.parent)
        append(i, bool(valid), (selection.parent,), dict(selection.data))
    found.cells = {_cell(places[i]) for i in range(len(history)) if history.parentable[i]}
    found.different = int(np.count_nonzero(history.visits))
    found.most = int(history.visits.max())
    found.migrations = int(state.get("migrations", 0))
    return found, ids


def _cell(place: tuple[float, float]) -> tuple[int, int]:
    return min(int(place[0] * 5), 4), min(int(place[1] * 5), 4)


def report_pressure(seeds: int, jobs: int) -> None:
    """The tables of ``pressure``."""
    arms = {**DEFAULTS, **SWEEP}
    for kind in ("independent", "heritable"):
        tasks = [(*arms[arm], seed, kind) for arm in arms for seed in range(seeds)]
        results = iter(_spread(_pressure_task, tasks, jobs))
        print(f"\n### Selection pressure, {kind} children ({seeds} histories of {PRESSURE_ROUNDS} rounds)\n")
        print(
            "| sampler | mean rank percentile | top tenth | bottom tenth | different parents | most visits | ", end=""
        )
        print("cells occupied | cells chosen from |\n|---|---|---|---|---|---|---|---|")
        for arm in arms:
            found = [next(results) for _ in range(seeds)]
            columns = [
                [float(np.mean(p.percentiles)) for p in found],
                [float(np.mean(np.array(p.percentiles) >= 0.9)) for p in found],
                [float(np.mean(np.array(p.percentiles) <= 0.1)) for p in found],
                [float(p.different) for p in found],
                [float(p.most) for p in found],
                [float(len(p.cells)) for p in found],
                [float(len(set(p.parent_cells))) for p in found],
            ]
            digits = (3, 2, 3, 0, 0, 0, 0)
            cells = [f"{np.mean(c):.{d}f} ± {np.std(c, ddof=1):.{d}f}" for c, d in zip(columns, digits, strict=True)]
            print(f"| {arm} | " + " | ".join(cells) + " |")
            if arm == "islands":
                home = np.mean([np.mean(p.at_home) for p in found])
                moved = f"{np.mean([p.migrations for p in found]):g} migrations (by definition {PRESSURE_ROUNDS // 20})"
                islands = (
                    f"islands: {moved}; {home:.1%} of the parents that a round made were born on their child's island"
                )
        print(f"\n{islands} (the others came as migrants; 25% if islands were drawn at random).")
    print(
        "\n### The unit of the score\n\n"
        "| sampler | choices changed by a factor of 0.001 | by adding 1000 |\n|---|---|---|"
    )
    for arm, (name, options) in DEFAULTS.items():
        base = pressure(name, options, 0, "independent")[1]
        changed = []
        for scale, shift in ((0.001, 0.0), (1.0, 1000.0)):
            other = pressure(name, options, 0, "independent", scale, shift)[1]
            changed.append(sum(a != b for a, b in zip(base, other, strict=True)))
        print(f"| {arm} | {changed[0]} of {len(base)} | {changed[1]} of {len(base)} |")


def _pressure_task(task: tuple[str, dict[str, Any], int, str]) -> Pressure:
    found: Pressure = pressure(*task)[0]
    return found


# -- search problem 1: an NK landscape

SLOTS, ALLELES = 10, 4


@cache
def landscape(seed: int, k: int) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Tables and neighbours of an NK landscape (Kauffman and Levin 1987), and its median and its best value.

    The value is the mean of ``SLOTS`` contributions, each a uniform number for the slot's choice and those of ``k``
    other slots; 4 ** 10 programs, so the best is known exactly.
    """
    rng = np.random.default_rng([seed, k, 5])
    tables = rng.random((SLOTS, ALLELES ** (k + 1)))
    near = np.array(
        [[i, *rng.choice([j for j in range(SLOTS) if j != i], size=k, replace=False)] for i in range(SLOTS)]
    )
    every = np.array(np.meshgrid(*[np.arange(ALLELES)] * SLOTS, indexing="ij"), dtype=np.int64).reshape(SLOTS, -1)
    total = np.zeros(every.shape[1])
    for i in range(SLOTS):
        total += tables[i][_address(every[near[i]])]
    return tables, near, float(np.median(total / SLOTS)), float(total.max() / SLOTS)


def _address(choices: np.ndarray) -> np.ndarray:
    address = np.zeros(choices.shape[1:], dtype=np.int64)
    for row in choices:
        address = address * ALLELES + row
    return address


def nk_search(
    name: str, options: Mapping[str, Any], seed: int, after: Sequence[int], k: int, noise: float = 0.0
) -> list[float]:
    """Regret at the checkpoints: how far the program with the best score is from the optimum, 1 at the median program.

    With ``noise`` scores have an error, and the regret is that of the program's true value. The proposer changes one
    slot (70%) or two, and takes half of the slots from the first inspiration in one round of five; repeats are drawn
    again, as in the product.
    """
    tables, near, median, highest = landscape(seed, k)
    sampler = make_sampler(name, options, domain_with(GRID))
    history, state = History(), sampler.init()
    start = np.random.default_rng([seed, 9]).integers(ALLELES, size=SLOTS)
    programs: list[np.ndarray] = []
    seen: set[bytes] = set()
    true: list[float] = []
    regrets = []
    for i in range(after[-1] + 1):
        rng = np.random.default_rng([seed, i, 3])
        data: Mapping[str, Any] = {}
        parents: tuple[str, ...] = ()
        genes = start
        if i:
            selection, state = sampler.select(state, history, np.random.default_rng([seed, i]))
            assert selection.parent is not None
            history.visit(selection.parent)
            parents, data = (selection.parent,), dict(selection.data)
            for _ in range(20):
                genes = programs[history.index_of(selection.parent)].copy()
                if selection.inspirations and rng.random() < 0.2:
                    other = programs[history.index_of(selection.inspirations[0])]
                    genes = np.where(rng.random(SLOTS) < 0.5, genes, other)
                else:
                    for slot in rng.choice(SLOTS, size=1 if rng.random() < 0.7 else 2, replace=False):
                        genes[slot] = (genes[slot] + rng.integers(1, ALLELES)) % ALLELES
                if genes.tobytes() not in seen:
                    break
        seen.add(genes.tobytes())
        programs.append(genes)
        value = float(np.mean([tables[s][_address(genes[near[s]])] for s in range(SLOTS)]))
        features = {"width": float(np.mean(genes[:5]) / 3), "depth": float(np.mean(genes[5:]) / 3)}
        origin: Any = "grammar" if i else "seed"
        true.append(value)
        value += noise * float(rng.normal())
        history.append(Entry(i, f"r.{i}", i, origin, "ok", True, value, value, parents, features, data, True))
        state = sampler.update(state, history, i)
        if i in after:
            best = history.best()
            assert best is not None
            regrets.append((highest - true[best.index]) / (highest - median))
    return regrets


# -- search problem 2: the product's own proposer on a grammar whose best program is known

PARTS, CHOICES = 6, 5


@cache
def grammar_domain() -> Domain:
    """Six slots with five blocks each; every block has one constant."""
    slots = tuple(Slot(f"part_{i}") for i in range(PARTS))
    blocks = tuple(
        Block(
            f"block_{i}_{j}", f"part_{i}", f"def part_{i}(x):\n    return x + {j} * tunable(0.5, low=0.0, high=1.0)\n"
        )
        for i, j in product(range(PARTS), range(CHOICES))
    )
    body = "".join(f"def part_{i}(x):\n    return x + 0 * tunable(0.5, low=0.0, high=1.0)\n\n\n" for i in range(PARTS))
    source = f"from asi_evolve import tunable\n\n\n{body}def solve():\n    return part_0(0.0)\n"
    backend = Backend(seeds={"seed": {"candidate.py": source}}, blocks=blocks)
    return Domain("g", "G", "", Objective("v"), {"numpy": backend}, slots=slots, features=GRID)


@cache
def worths(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Effects of blocks, effects of pairs of blocks in neighbouring slots, best constants; median and best value."""
    rng = np.random.default_rng([seed, 21])
    single, optimum = rng.normal(size=(PARTS, CHOICES)), rng.random((PARTS, CHOICES))
    pair = rng.normal(size=(PARTS, CHOICES, CHOICES))
    every = np.array(list(product(range(CHOICES), repeat=PARTS)))
    total = sum(single[i][every[:, i]] + pair[i][every[:, i], every[:, (i + 1) % PARTS]] for i in range(PARTS))
    return single, pair, optimum, float(np.median(total)) - PARTS * 2.0 / 12, float(np.max(total))


def grammar_search(name: str, options: Mapping[str, Any], seed: int, after: Sequence[int]) -> list[float]:
    """Regret at the checkpoints of the grammar proposer, with its own learning, without knowledge and lessons."""
    domain = grammar_domain()
    single, pair, optimum, median, best_possible = worths(seed)
    proposer, sampler = GrammarProposer(domain, "numpy", {}), make_sampler(name, options, domain)
    history, state, learned = History(), sampler.init(), proposer.init()
    records: list[Experiment] = []
    regrets = []
    seed_files = domain.backends["numpy"].seeds["seed"]
    for i in range(after[-1] + 1):
        data: Mapping[str, Any] = {}
        parent = None
        parents: tuple[str, ...] = ()
        files, notes = seed_files, {"slots": {f"part_{p}": f"block_{p}_0" for p in range(PARTS)}, "constants": {}}
        if i:
            selection, state = sampler.select(state, history, np.random.default_rng([seed, i]))
            assert selection.parent is not None
            history.visit(selection.parent)
            parent = records[history.index_of(selection.parent)]
            inspirations = tuple(records[history.index_of(j)] for j in selection.inspirations)
            request = ProposalRequest(i, f"r.{i}", parent, inspirations, rng_seed=seed * 1000 + i)
            made = proposer.propose(learned, request)
            files, notes, parents = made.files, dict(made.notes), made.parents or (selection.parent,)
            data = dict(selection.data)
        held = [int(notes["slots"][f"part_{p}"].rpartition("_")[2]) for p in range(PARTS)]
        constants = [
            next((v for n, v in notes["constants"].items() if n.startswith(f"part_{p}.")), 0.5) for p in range(PARTS)
        ]
        value = sum(
            float(
                single[p, held[p]]
                + pair[p, held[p], held[(p + 1) % PARTS]]
                - 2.0 * (constants[p] - optimum[p, held[p]]) ** 2
            )
            for p in range(PARTS)
        )
        features = {"width": float(np.mean(held[:3]) / 4), "depth": float(np.mean(held[3:]) / 4)}
        origin: Any = "grammar" if i else "seed"
        candidate = Candidate(f"r.{i}", files, "candidate.py", "numpy", parents, origin=origin)
        record = Experiment(
            f"r.{i}", "r", i, candidate, "ok", "explore", Score(value, True, features=features), notes=notes
        )
        records.append(record)
        history.append(Entry(i, f"r.{i}", i, origin, "ok", True, value, value, parents, features, data, True))
        state = sampler.update(state, history, i)
        main = records[history.index_of(parents[0])] if parents else None
        learned = proposer.update(learned, record, main)
        if i in after:
            best = history.best()
            assert best is not None
            assert best.value is not None
            regrets.append((best_possible - best.value) / (best_possible - median))
    return regrets


#: Problem -> the function that plays it, and its further arguments.
PROBLEMS: dict[str, tuple[Callable[..., list[float]], tuple[float, ...]]] = {
    "one hill (NK landscape, K = 0)": (nk_search, (0,)),
    "some interaction (NK landscape, K = 2)": (nk_search, (2,)),
    "rugged (NK landscape, K = 5)": (nk_search, (5,)),
    "rugged and noisy (the same, each score with an error)": (nk_search, (5, NOISE)),
    "grammar proposer, six slots of five blocks with constants": (grammar_search, ()),
}


def _search_task(task: tuple[str, str, dict[str, Any], int, Sequence[int]]) -> list[float]:
    problem, name, options, seed, after = task
    play, more = PROBLEMS[problem]
    return play(name, options, seed, after, *more)


def report_search(seeds: int, jobs: int, after: Sequence[int]) -> None:
    """The tables of ``search``: the same problems and starts for every arm, so differences are taken seed by seed."""
    arms = {**DEFAULTS, **SWEEP, **MORE}
    for problem in PROBLEMS:
        tasks = [(problem, *arms[arm], seed, after) for arm in arms for seed in range(seeds)]
        results = np.array(_spread(_search_task, tasks, jobs)).reshape(len(arms), seeds, len(after))
        base = results[list(arms).index("ucb1")]
        print(f"\n### {problem} ({seeds} seeds)\n")
        heads = " | ".join(f"after {n}: quartiles | minus the default" for n in after)
        print(f"| sampler | {heads} |\n|---|" + "---|---|" * len(after))
        for arm, found in zip(arms, results, strict=True):
            cells = []
            for c in range(len(after)):
                low, middle, high = np.percentile(found[:, c], [25, 50, 75])
                gap = found[:, c] - base[:, c]
                error = gap.std(ddof=1) / np.sqrt(seeds)
                cells.append(f"{low:.3f} / {middle:.3f} / {high:.3f} | {gap.mean():+.3f} ± {error:.3f}")
            print(f"| {arm} | " + " | ".join(cells) + " |", flush=True)


def _spread(function: Callable[[Any], Any], tasks: Sequence[Any], jobs: int) -> list[Any]:
    if jobs == 1:
        return [function(task) for task in tasks]
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(function, tasks, chunksize=4))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("pressure", "search"))
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--long", action="store_true", help="search: 400 rounds instead of 100")
    options = parser.parse_args()
    if options.what == "pressure":
        report_pressure(options.seeds, options.jobs)
    else:
        report_search(options.seeds, options.jobs, LONG if options.long else CHECKPOINTS)


if __name__ == "__main__":
    main()
