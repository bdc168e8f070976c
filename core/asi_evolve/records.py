"""The records that travel through a round, in the order in which a round makes them.

All are frozen, slotted dataclasses. Everything in them is JSON-able except arrays, which are
``numpy.ndarray``. Nothing here imports numpy: these names must be cheap to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

#: None, bool, int, float, str, or lists and string-keyed dicts of those.
Json: TypeAlias = Any

#: Data that crosses the trust boundary: JSON values and numeric arrays, nested in lists and dicts.
Data: TypeAlias = Any

Origin = Literal["seed", "baseline", "grammar", "llm", "human"]

#: What became of an execution or an experiment. ``ok``: data came back. ``error``: an exception in the
#: candidate. ``crash``: died of a signal. ``oom``/``disk``: over its memory or disk. ``killed``: stopped
#: from outside. ``no_result``: ended without a result. ``invalid_result``: returned something that is not
#: plain data, or the scorer found it invalid. ``rejected``: a check refused it. ``quarantined``: an
#: implausible score that did not hold on fresh inputs. ``interrupted``: the run ended under it.
#: ``running``: in flight.
Status = Literal[
    "ok",
    "error",
    "timeout",
    "crash",
    "oom",
    "disk",
    "killed",
    "no_result",
    "invalid_result",
    "rejected",
    "quarantined",
    "interrupted",
    "running",
]


@dataclass(frozen=True, slots=True)
class Used:
    """One thing that a proposal says it used (``used``) or was shown (recorded by the loop)."""

    kind: Literal["cognition", "experiment", "lesson"]
    ref_id: str
    """Cognition item id, experiment id or lesson id."""
    how: str = ""
    """In words: what it contributed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program under test."""

    experiment_id: str
    files: Mapping[str, str]
    """Relative path -> source. The entry is one of them."""
    entry: str
    """Path of the file that is imported as the candidate module."""
    backend: str
    parents: tuple[str, ...] = ()
    """Experiment ids; the first is the main parent."""
    motivation: str = ""
    expected_effect: str = ""
    origin: Origin = "human"
    used: tuple[Used, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for one execution. They are verdicts, not schedules: honest code ends well below them."""

    wall_s: float = 60.0
    cpu_s: float = 10.0
    """CPU seconds of the candidate, all threads together."""
    memory_mb: int = 1024
    disk_mb: int = 64
    inodes: int = 2048
    processes: int = 1
    threads: int = 1
    output_mb: int = 16
    """Ceiling for the returned data, and for each emission."""


@dataclass(frozen=True, slots=True)
class Job:
    """One execution to be made of a candidate: a stage, a replicate, its seed, limits and public inputs."""

    stage: str
    replicate: int
    seed: int
    backend: str
    limits: Limits
    inputs: Mapping[str, Data] = field(default_factory=dict)
    """Public inputs: they go into the jail."""
    device: str = "cpu"
    """``cpu`` or ``cuda:N``."""
    hidden_ref: str = ""
    """Key under which the scorer finds the hidden part. It never enters the jail."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What running a candidate gave. ``outputs`` is data only; nothing in it is trusted as a score."""

    job: Job
    status: Status
    outputs: Mapping[str, Data] | None = None
    emitted: tuple[Mapping[str, Data], ...] = ()
    """The emissions that were kept, oldest first (the last one always is)."""
    truncated: bool = False
    """A limit struck and ``outputs`` is the last emission: not reproducible."""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0
    stdout_tail: str = ""
    stderr_tail: str = ""
    error: str = ""
    """One line: what went wrong, or empty."""
    tier: str = ""
    """Isolation tier (``sandbox.md``): A, B, C, D, E, or ``inline`` for trusted code."""
    artifacts: tuple[str, ...] = ()
    """Content hashes of what was kept on disk."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check said of a candidate before it was executed at a stage."""

    check: str
    passed: bool
    message: str = ""
    """One line for the author of the candidate: what is wrong, with the number that shows it."""
    advisory: bool = False
    """An advisory verdict is recorded and shown but refuses nothing."""
    details: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """What the trusted scorer made of an execution (one replicate), or the aggregate over replicates."""

    value: float | None
    """Higher is better, always. None unless ``valid``."""
    valid: bool
    metrics: Mapping[str, float] = field(default_factory=dict)
    features: Mapping[str, float] = field(default_factory=dict)
    """Behaviour descriptors for MAP-Elites, by the names in ``Domain.features``."""
    feedback: str = ""
    """Words for the next proposal: why it is invalid, or what limits it."""
    attested: bool = True
    """False when the number was computed where the candidate could touch it (self-reported)."""
    fitness: float | None = None
    """What selection uses; None means ``value``."""
    stderr: float | None = None
    """Standard error over replicates; None for a single or an exact score."""
    replicates: int = 1


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing learned from experiments, in a form that the next proposal can use."""

    text: str
    confidence: float
    """0 to 1."""
    about: str
    """``slot:NAME``, ``block:NAME``, ``constant:SLOT.NAME`` or a tag."""
    evidence: tuple[str, ...] = ()
    """Experiment ids."""
    effect: float = 0.0
    """Signed: how the score moved, in units of the run's spread; 0 if unknown."""
    lesson_id: str = ""
    """Given by the store."""
    origin: Literal["rules", "model"] = "rules"
    """Measured by the rule-based analyzer, or told by a model."""
    tags: tuple[str, ...] = ()
    """What it is about, in words; a model's lessons have some."""
    contradicts: tuple[str, ...] = ()
    """Ids of earlier lessons that it speaks against, as the model says. A rule decides what becomes of them."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The report on one experiment."""

    summary: str
    """What was measured, in sentences of the rule-based analyzer (or what a domain's own ``analyze`` says)."""
    lessons: tuple[Lesson, ...] = ()
    tags: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    """What a model says of it: ``design``, ``results``, ``comparison``, ``explanation``. Told, not measured."""
    author: str = ""
    """The model that wrote ``parts``; empty without one."""
    note: str = ""
    """Why there is no report of a model although one was wanted, in one line."""


@dataclass(frozen=True, slots=True)
class CognitionItem:
    """One thing known before the run (literature, a human), or distilled during it."""

    item_id: str
    title: str
    insight: str
    source: str
    """A citation that can be looked up: authors, title, year, DOI/arXiv/ISBN or URL."""
    tags: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    """Names of building blocks that come from it."""
    origin: Literal["literature", "human", "experience"] = "literature"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One proposal or repair within a round, refused ones too."""

    index: int
    kind: Literal["proposal", "repair"]
    status: Literal["accepted", "rejected", "failed"]
    reason: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    motivation: str = ""
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """One round, whole: what was tried, what came of it, and why. Failures are experiments too."""

    experiment_id: str
    run_id: str
    round: int
    """0 for seeds and baselines, 1.. for rounds."""
    candidate: Candidate
    status: Status
    stage: str = ""
    """The last stage that it reached."""
    score: Score | None = None
    """Aggregate over replicates at that stage."""
    executions: tuple[Execution, ...] = ()
    scores: tuple[Score, ...] = ()
    """One a replicate, in the order of ``executions``."""
    verdicts: tuple[Verdict, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    analysis: Analysis | None = None
    shown: tuple[Used, ...] = ()
    """What the proposer was shown (cognition, experiments, lessons)."""
    notes: Mapping[str, Json] = field(default_factory=dict)
    """The proposer's own record of its decision (operator, slot, block, constants); read back by its ``update``."""
    sampler_data: Mapping[str, Json] = field(default_factory=dict)
    """The sampler's own record of its choice (for example the island)."""
    created_at: str = ""
    """UTC, ISO 8601."""
    known: int | None = None
    """Experiments of the run that had been taken in when the round began; None for seeds and baselines."""

    @property
    def value(self) -> float | None:
        """The measured value, or None if the experiment is not valid."""
        return self.score.value if self.score is not None and self.valid else None

    @property
    def valid(self) -> bool:
        """Whether it counts: executed, scored, geometry or task satisfied, not quarantined."""
        return self.status == "ok" and self.score is not None and self.score.valid

    @property
    def fitness(self) -> float | None:
        """What selection uses: the score's ``fitness``, or its ``value``."""
        if not self.valid or self.score is None:
            return None
        return self.score.fitness if self.score.fitness is not None else self.score.value


@dataclass(frozen=True, slots=True)
class ProposalRequest:
    """Everything that a proposer may use for one proposal."""

    round: int
    experiment_id: str
    parent: Experiment | None
    inspirations: tuple[Experiment, ...] = ()
    cognition: tuple[CognitionItem, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    mode: Literal["rewrite", "edit", "combine", "repair"] = "edit"
    failure: Execution | Verdict | None = None
    """What went wrong with the round's last program: a check refused it, or (mode ``repair``) its execution failed."""
    draft: Candidate | None = None
    """That program."""
    rng_seed: int = 0
    """Seeds all randomness of this proposal."""
    round_seed: int = 0
    """Seeds what is decided once for a round: the same in each of its tries."""
    known: int = 0
    """Experiments that were finished when the round began."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposer's answer. The loop turns it into a Candidate."""

    files: Mapping[str, str]
    motivation: str
    expected_effect: str = ""
    used: tuple[Used, ...] = ()
    origin: Origin = "grammar"
    notes: Mapping[str, Json] = field(default_factory=dict)
    parents: tuple[str, ...] | None = None
    """Experiment ids that the program was made from; None means the request's parent."""
