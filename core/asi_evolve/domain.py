"""What a domain declares: the problem, its slots and building blocks, stages, checks and knowledge.

A domain plugin returns one :class:`Domain` from its ``domain()`` hook. Only ``name``, ``title``, ``task``
``objective`` and one backend with a seed program are needed; everything else adds to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from asi_evolve.records import Data, Limits, Verdict

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Objective:
    """What ``Score.value`` measures. Higher is better, always."""

    name: str
    unit: str = ""
    known_bound: float | None = None
    """A valid score above this is implausible: it is quarantined and re-run on fresh hidden inputs."""
    noisy: bool = False
    """True if the same candidate can score differently on another seed."""
    tolerance: float = 0.0
    """How far two scores of the same candidate and seed may differ (float reduction order)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A named part of the candidate that can be exchanged.

    ``function`` and ``class``: the top-level definition of that name in the entry file.
    ``sequence``: a top-level list of step names, whose steps are top-level functions.
    """

    name: str
    kind: Literal["function", "class", "sequence"] = "function"
    signature: str = ""
    """For people and prompts, for example ``(n: int, rng) -> (centers, radii)``."""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One alternative for a slot: source whose literals marked ``tunable(...)`` are its constants."""

    name: str
    slot: str
    source: str
    """A definition of the slot's name (function, class), or of one step function (sequence)."""
    imports: tuple[str, ...] = ()
    """Import statements that the source needs at the top of the file."""
    cognition_ids: tuple[str, ...] = ()
    cost_hint: float = 1.0
    """Factor on a program's work, relative to the slot's other blocks; the factors of the slots multiply. Declared, so
    that it repeats: the grammar proposer weighs what a program promises against it."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One way to run candidates: ``numpy``, ``torch`` or ``jax``."""

    seeds: Mapping[str, Mapping[str, str]]
    """Seed name -> files (path -> source). Round 0."""
    entry: str = "candidate.py"
    baselines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Baseline name -> files. Run first, as experiments, on the same seeds; never parents unless also seeds."""
    blocks: tuple[Block, ...] = ()
    harness: str = ""
    """``package.module:function``, run beside the candidate in the jail as
    ``function(candidate_module, inputs, budget, rng, emit) -> dict``. Empty: the core calls ``Domain.call``."""
    libraries: tuple[str, ...] = ("numpy",)
    """Importable names that candidates may import beside the standard library's safe part."""
    extra: str = ""
    """Name of the extra that installs ``libraries``."""


@dataclass(frozen=True, slots=True)
class PromotionRule:
    """When a candidate goes on to the next stage."""

    minimum_replicates: int = 1
    test: Literal["none", "threshold", "paired"] = "none"
    level: float = 0.0
    """``threshold``: the value to reach. ``paired``: the confidence level against the baseline, 0 to 1."""
    top: float = 1.0
    """Share of the valid experiments of the stage that may go on, best first."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One rung of the fidelity ladder."""

    name: str
    limits: Limits = field(default_factory=Limits)
    replicate_seeds: tuple[int, ...] = (0,)
    """One execution and one score for each."""
    promote: PromotionRule = field(default_factory=PromotionRule)
    """Rule for going from this stage to the next."""


@dataclass(frozen=True, slots=True)
class Check:
    """A quick executed test on inputs that the trusted side chose; the trusted side judges the outputs."""

    name: str
    inputs: Callable[[np.random.Generator], Mapping[str, Data]]
    judge: Callable[[Mapping[str, Data]], Verdict]
    limits: Limits = field(default_factory=lambda: Limits(wall_s=20.0, cpu_s=5.0))
    advisory: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """A behaviour descriptor: one axis of the MAP-Elites grid."""

    name: str
    low: float
    high: float
    bins: int = 10
    reproducible: bool = True
    """False for what a clock measures (time, energy): samplers leave it out unless it is named as an axis, so that a
    seed gives the same parents and inspirations each time."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A problem that is evolved."""

    name: str
    title: str
    task_markdown: str
    """What is to be solved, for people and for prompts."""
    objective: Objective
    backends: Mapping[str, Backend]
    call: str = "solve"
    """Name of the candidate's function that the default harness calls as ``call(**inputs)``."""
    default_backend: str = "numpy"
    rounds: int = 40
    """Default number of rounds of a run."""
    target: float | None = None
    """Value at which a run has reached its goal; None if there is no such value. ``--target`` overrides."""
    editable: tuple[str, ...] = ("*",)
    protected: tuple[str, ...] = ()
    """Names of top-level definitions in the entry file that a proposal must leave as they are."""
    slots: tuple[Slot, ...] = ()
    stages: tuple[Stage, ...] = (Stage("explore"),)
    checks: tuple[Check, ...] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)
    cognition: Path | None = None
    """Folder with cognition items (``*.toml``)."""
    features: tuple[Feature, ...] = ()
    config: type | None = None
    """A dataclass whose fields are the keys under ``[domain]``, each with a default."""
    published: tuple[Mapping[str, str], ...] = ()
    """Rows of a table of figures published by others, shown apart from measured ones."""
    configure: Callable[[Any], Domain] | None = None
    """Called once with the filled-in ``config`` instance; returns the Domain to use (a problem chosen by a key)."""
    requires_core: str = ""
    """Version specifier, for example ``>=0.1``."""

    def slot(self, name: str) -> Slot:
        """The slot called ``name``; KeyError if there is none."""
        for slot in self.slots:
            if slot.name == name:
                return slot
        raise KeyError(name)
