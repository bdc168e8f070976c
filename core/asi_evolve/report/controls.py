"""Control runs beside a run: which there are, and how they compare at equal rounds and at equal CPU time."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asi_evolve.errors import UsageError
from asi_evolve.report.stages import values_at
from asi_evolve.store import Reader, RunInfo, open_reader

#: Control runs that are drawn and listed; more would be a smear.
MOST = 24


@dataclass(frozen=True, slots=True)
class Series:
    """The best so far of one run, by rounds done and by CPU seconds spent, at one stage."""

    rounds: tuple[int, ...]
    """Rounds finished before and with each point, seeds and baselines not counted."""
    cpu_s: tuple[float, ...]
    """CPU seconds of all candidates up to each point."""
    values: tuple[float | None, ...]
    """Each point's own value at the stage; None if it has none there."""
    best: tuple[float | None, ...]
    """The best so far."""

    @property
    def done(self) -> int:
        """Rounds made."""
        return self.rounds[-1] if self.rounds else 0

    @property
    def spent(self) -> float:
        """CPU seconds of all candidates."""
        return self.cpu_s[-1] if self.cpu_s else 0.0

    @property
    def final(self) -> float | None:
        """The best of all."""
        return self.best[-1] if self.best else None

    def after_rounds(self, rounds: int) -> float | None:
        """The best after that many finished rounds."""
        return self._at(bisect_right(self.rounds, rounds))

    def after_cpu(self, seconds: float) -> float | None:
        """The best within that many CPU seconds of candidates."""
        return self._at(bisect_right(self.cpu_s, seconds + 1e-9))

    def reached(self, value: float) -> tuple[int, float] | None:
        """Rounds and CPU seconds until the best was at least ``value``; None if it never was."""
        for index, best in enumerate(self.best):
            if best is not None and best >= value:
                return self.rounds[index], self.cpu_s[index]
        return None

    def _at(self, count: int) -> float | None:
        return self.best[count - 1] if count else None


def series_of(rows: Sequence[Mapping[str, Any]], values: Sequence[float | None]) -> Series:
    """The series of a run's rows (completion order) with their values at one stage."""
    rounds: list[int] = []
    cpu: list[float] = []
    best: list[float | None] = []
    done, spent, high = 0, 0.0, None
    for row, value in zip(rows, values, strict=True):
        done += row["round"] > 0
        spent += row["cpu_s"]
        if value is not None and (high is None or value > high):
            high = value
        rounds.append(done)
        cpu.append(spent)
        best.append(high)
    return Series(tuple(rounds), tuple(cpu), tuple(values), tuple(best))


@dataclass(frozen=True, slots=True)
class Control:
    """Another run of the same problem, to compare with."""

    info: RunInfo
    series: Series
    found: bool
    """Found in the same database by itself, not named by the reader."""
    differs: tuple[str, ...] = ()
    """Settings that make the comparison unequal, in words."""

    @property
    def kind(self) -> str:
        """What made its programs, in words."""
        return kind_of(self.info)


def kind_of(info: RunInfo) -> str:
    """What writes the programs of a run, in words."""
    if info.proposer == "random":
        return "uniformly random programs of the same blocks"
    parts = [f"proposer {info.proposer}", f"sampler {info.sampler}"]
    proposer, cognition = info.config.get("proposer"), info.config.get("cognition")
    if isinstance(proposer, Mapping) and proposer.get("learn") is False:
        parts.append("no learning")
    if isinstance(cognition, Mapping) and cognition.get("enabled") is False:
        parts.append("no knowledge")
    return ", ".join(parts)


def find_controls(
    reader: Reader, info: RunInfo, names: Sequence[str], database: Path, stage: str
) -> tuple[Control, ...]:
    """The runs to compare with.

    Args:
        reader: The run's database.
        info: The run.
        names: What the reader named: ``RUN``, ``FILE`` (its latest run) or ``FILE:RUN``. Empty: the runs of the
            uniform-random control in the same database that have the same problem, settings and stage.
        database: Path of the run's database.
        stage: The stage that values are compared at: that of the run's best. Empty if the run has none: then each
            control shows its own.

    Raises:
        UsageError: If a named run is the run itself or one of another problem.
        NotFoundError: If there is no such run or database.
    """
    if not names:
        same = [
            other
            for other in reader.runs()
            if other.run_id != info.run_id and other.proposer == "random" and _same_problem(info, other)
        ]
        comparable = [other for other in same if not _differences(info, other)]
        return tuple(_control(reader, info, other, stage, found=True) for other in comparable[-MOST:])
    controls: dict[tuple[str, str], Control] = {}
    for name in names:
        path, run = _parse(name, database)
        if path is None:
            control = _named(reader, info, run, name, stage)
        else:
            with open_reader(path) as other_reader:
                control = _named(other_reader, info, run, name, stage)
        controls[(str(path or ""), control.info.run_id)] = control
    if len(controls) > MOST:
        raise UsageError(f"--control: {len(controls)} runs are too many to tell apart; give at most {MOST}")
    return tuple(controls.values())


def _parse(name: str, database: Path) -> tuple[Path | None, str | None]:
    """The database (None: the run's own) and the run (None: the latest) that a name means."""
    if Path(name).is_file():
        return _other(Path(name), database), None
    head, colon, run = name.rpartition(":")
    if colon and head and Path(head).is_file():
        return _other(Path(head), database), run
    if "/" in name or name.endswith(".duckdb") or (colon and head):
        raise UsageError(f"--control {name}: there is no such database; write RUN, FILE or FILE:RUN")
    return None, name


def _other(path: Path, database: Path) -> Path | None:
    return None if database.exists() and path.samefile(database) else path


def _named(reader: Reader, info: RunInfo, run: str | None, name: str, stage: str) -> Control:
    other = reader.run_info(reader.resolve_run(run))
    if other.run_id == info.run_id:
        raise UsageError(f"--control {name}: that is the run itself; name another")
    if not _same_problem(info, other):
        raise UsageError(
            f"--control {name}: run {other.run_id} is of another problem ({other.plugin}: {other.title}) than run "
            f"{info.run_id} ({info.plugin}: {info.title}), so their values cannot be compared"
        )
    return _control(reader, info, other, stage, found=False)


def _same_problem(info: RunInfo, other: RunInfo) -> bool:
    return (other.plugin, other.title, dict(other.objective)) == (info.plugin, info.title, dict(info.objective))


def _differences(info: RunInfo, other: RunInfo) -> tuple[str, ...]:
    """What makes two runs of one problem unequal, beside what proposes."""
    found = []
    for name, mine, theirs in (
        ("backend", info.backend, other.backend),
        ("last stage", info.stage, other.stage),
        ("domain settings", info.config.get("domain") or {}, other.config.get("domain") or {}),
        ("domain version", info.plugin_version, other.plugin_version),
        ("domain code", _code(info), _code(other)),
    ):
        if mine != theirs:
            found.append(f"{name} {_short(theirs)} instead of {_short(mine)}")
    return tuple(found)


def _code(info: RunInfo) -> str:
    """The beginning of the digest of the domain's code, scorer included."""
    return str(info.environment.get("domain_code") or "unknown")[:16]


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {item}" for key, item in sorted(value.items())) or "none"
    return str(value) or "none"


def _control(reader: Reader, info: RunInfo, other: RunInfo, stage: str, *, found: bool) -> Control:
    rows = reader.rows(other.run_id, only=("experiment_id", "seq", "round", "stage", "valid", "value", "cpu_s"))
    if not stage:
        best = reader.best(other.run_id)
        stage = next((row["stage"] for row in rows if row["experiment_id"] == best), "")
    values = values_at(reader, other.run_id, rows, stage)
    return Control(other, series_of(rows, values), found, _differences(info, other))


@dataclass(frozen=True, slots=True)
class Standing:
    """Control runs that a run is ahead of, level with and behind, at what both made."""

    ahead: int
    level: int
    behind: int


def standing(series: Series, controls: Sequence[Control], at: str) -> Standing:
    """How a run stands at equal ``rounds`` or at equal ``cpu``; a run without a value is behind one that has one."""
    pairs_ = [_pair(series, control.series, at) for control in controls]
    ranked = [tuple(-math.inf if value is None else value for value in pair) for pair in pairs_]
    return Standing(
        sum(mine > theirs for mine, theirs in ranked),
        sum(mine == theirs for mine, theirs in ranked),
        sum(mine < theirs for mine, theirs in ranked),
    )


def comparison(series: Series, controls: Sequence[Control]) -> list[str]:
    """How a run stands beside its controls, in sentences that claim no more than the numbers show."""
    out = []
    total = len(controls)
    for at, name in (("rounds", "rounds"), ("cpu", "CPU seconds of programs")):
        found = standing(series, controls, at)
        if total == 1:
            word = "ahead of" if found.ahead else "level with" if found.level else "behind"
            out.append(f"At equal {name} (as many as both made) this run is {word} the control run.")
        else:
            out.append(
                f"At equal {name} (as many as both made) this run is ahead of {found.ahead} of the {total} control "
                "runs, "
                f"level with {found.level} and behind {found.behind}."
            )
    return [*out, caution(total), *unequal(controls)]


def caution(total: int) -> str:
    """What one run against ``total`` controls cannot show."""
    chance = (
        f"Were there no difference at all, one run would still be ahead of all {total} with probability 1/{total + 1}."
        if total > 1
        else "Were there no difference at all, one run would still be ahead of it in half of the cases."
    )
    return (
        f"This is one run against {total} control run{'s' if total > 1 else ''}. {chance} To claim more, run both over "
        "several seeds that were fixed beforehand."
    )


def unequal(controls: Sequence[Control]) -> list[str]:
    """The controls that were not run on equal terms, with what differs."""
    return [
        f"Control {control.info.run_id} was not run on equal terms: {'; '.join(control.differs)}."
        for control in controls
        if control.differs
    ]


def _pair(mine: Series, theirs: Series, at: str) -> tuple[float | None, float | None]:
    if at == "rounds":
        rounds = min(mine.done, theirs.done)
        return mine.after_rounds(rounds), theirs.after_rounds(rounds)
    spent = min(mine.spent, theirs.spent)
    return mine.after_cpu(spent), theirs.after_cpu(spent)


def pairs(series: Series, control: Control) -> tuple[tuple[int, Any, Any], tuple[float, Any, Any]]:
    """``(rounds, mine, theirs)`` and ``(CPU seconds, mine, theirs)`` at what both made."""
    rounds, spent = min(series.done, control.series.done), min(series.spent, control.series.spent)
    return (rounds, *_pair(series, control.series, "rounds")), (spent, *_pair(series, control.series, "cpu"))
