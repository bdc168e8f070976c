"""Gather what a report says of a run: numbers from the store, words from the domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asi_evolve.errors import AsiEvolveError
from asi_evolve.records import Experiment, Json, Lesson
from asi_evolve.report.changes import changes_between, plugins_of

if TYPE_CHECKING:
    from asi_evolve.api import Run
    from asi_evolve.domain import Domain
    from asi_evolve.plugins import Plugins
    from asi_evolve.store import RunInfo

#: Rows of the table of the best, and lessons that are listed.
BEST = 10
LESSONS = 15


@dataclass(frozen=True, slots=True)
class Step:
    """One experiment in the line of descent of the best."""

    experiment: Experiment
    gain: float | None
    """Its value minus its parent's; None for the first and where one has no value."""
    changes: tuple[str, ...]
    """What differs from its parent, in words."""


@dataclass(frozen=True, slots=True)
class Control:
    """Another run of the same problem in the database, made with the uniform-random control."""

    run_id: str
    seed: int
    rounds: int
    best: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the Markdown and the HTML report show."""

    info: RunInfo
    database: str
    rows: tuple[Mapping[str, Any], ...]
    """All finished experiments, flat, in completion order."""
    best: Experiment | None
    statuses: tuple[tuple[str, int], ...]
    """How many rounds ended how, most frequent first; seeds and baselines not counted."""
    done: int
    cpu_s: float
    wall_s: float | None
    top: tuple[Mapping[str, Any], ...]
    lineage: tuple[Step, ...]
    lessons: tuple[Lesson, ...]
    provenance: Mapping[str, Mapping[str, float]]
    controls: tuple[Control, ...]
    published: tuple[Mapping[str, str], ...]
    sections: tuple[tuple[str, str], ...]
    """``(title, Markdown)`` from the domain and service plugins."""
    events: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]
    """What could not be shown, and why."""

    @property
    def unit(self) -> str:
        """Unit of the value; may be empty."""
        return str(self.info.objective.get("unit") or "")

    @property
    def objective(self) -> str:
        """Name of the value."""
        return str(self.info.objective.get("name") or "value")

    @property
    def caveat(self) -> str:
        """What the headline may be taken to show, and what not."""
        if self.info.proposer == "random":
            return (
                "This run is the control: independent programs drawn uniformly from the same grammar, without "
                "parents and without knowledge. It is the yardstick for other runs, not a result of search."
            )
        if not self.controls:
            return (
                "One run on one seed shows that this value can be reached, not that the search caused it. Compare with "
                "the control on the same budget (asievolve run --proposer random) over several seeds before claiming "
                "more; this database holds no such control."
            )
        values = [control.best for control in self.controls if control.best is not None]
        reached = f"reached {max(values):.10g} at best" if values else "found nothing valid"
        return (
            f"One run on one seed shows that this value can be reached, not that the search caused it. "
            f"{len(self.controls)} control run{'s' if len(self.controls) > 1 else ''} (uniform random programs from "
            f"the same grammar) in this database {reached}; see the table of controls, and compare equal budgets only."
        )


def collect(run: Run) -> Report:
    """Gather the report of a run, live or finished.

    A plugin that is not installed here, or whose ``report_sections`` fails, costs its sections and leaves a note.
    """
    info, rows = run.info, run.rows()
    notes: list[str] = []
    best = run.best()
    plugins, domain = _domain(info, notes)
    rounds = [row for row in rows if row["round"] > 0]
    counts = Counter("valid" if row["valid"] else _failure(row) for row in rounds)
    valid = [row for row in rows if row["valid"] and row["value"] is not None]
    return Report(
        info=info,
        database=run.db.name,
        rows=tuple(rows),
        best=best,
        statuses=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        done=len(rounds),
        cpu_s=sum(row["cpu_s"] for row in rows),
        wall_s=_seconds_between(info.created_at, info.ended_at),
        top=tuple(sorted(valid, key=lambda row: (-row["value"], row["seq"]))[:BEST]),
        lineage=_steps(run, best, domain),
        lessons=_lessons(run.lessons()),
        provenance=run.provenance(),
        controls=_controls(run, info),
        published=domain.published if domain is not None else (),
        sections=_sections(plugins, run, notes),
        events=tuple(run.events()),
        notes=tuple(notes),
    )


def _failure(row: Mapping[str, Any]) -> str:
    return "invalid" if row["status"] == "ok" else str(row["status"])


def _domain(info: RunInfo, notes: list[str]) -> tuple[Plugins | None, Domain | None]:
    try:
        plugins = plugins_of(info)
    except AsiEvolveError as error:
        notes.append(f"The sections of the plugin {info.plugin} are missing: {error}")
        return None, None
    return plugins, plugins.domain


def _sections(plugins: Plugins | None, run: Run, notes: list[str]) -> tuple[tuple[str, str], ...]:
    """The sections of every plugin; one that raises or returns something else is left out with a note."""
    if plugins is None:
        return ()
    found: list[tuple[str, str]] = []
    for implementation in reversed(plugins.hook.report_sections.get_hookimpls()):
        try:
            sections = implementation.function(*(run for _ in implementation.argnames)) or []
            found += [(str(title), str(text)) for title, text in sections]
        except Exception as error:
            name = str(implementation.plugin_name).removeprefix("domain:")
            notes.append(f"The sections of the plugin {name} are missing: {type(error).__name__}: {error}")
    return tuple(found)


def _steps(run: Run, best: Experiment | None, domain: Domain | None) -> tuple[Step, ...]:
    if best is None:
        return ()
    chain = run.lineage(best.experiment_id)
    steps = []
    for before, after in zip([None, *chain[:-1]], chain, strict=True):
        gain = None
        if before is not None and before.value is not None and after.value is not None:
            gain = after.value - before.value
        texts = () if before is None else tuple(change.text for change in changes_between(before, after, domain))
        steps.append(Step(after, gain, texts))
    return tuple(steps)


def _lessons(lessons: Sequence[Lesson]) -> tuple[Lesson, ...]:
    """The most telling lessons, one for each subject: the latest, as it rests on the most evidence."""
    latest = {lesson.about: lesson for lesson in lessons}
    ranked = sorted(latest.values(), key=lambda item: (-item.confidence * (1 + abs(item.effect)), item.about))
    return tuple(ranked[:LESSONS])


def _controls(run: Run, info: RunInfo) -> tuple[Control, ...]:
    """Runs of the same domain with the same domain settings and stage, made by the uniform-random proposer."""
    from asi_evolve.store import open_reader

    with open_reader(run.db) as reader:
        same = [
            other
            for other in reader.runs()
            if other.run_id != info.run_id
            and other.proposer == "random"
            and (other.plugin, other.backend, other.stage) == (info.plugin, info.backend, info.stage)
            and other.config.get("domain") == info.config.get("domain")
        ]
        controls = []
        for other in same:
            rows = reader.rows(other.run_id)
            values = [row["value"] for row in rows if row["valid"] and row["value"] is not None]
            done = sum(row["round"] > 0 for row in rows)
            controls.append(Control(other.run_id, other.seed, done, max(values, default=None)))
    return tuple(controls)


def _seconds_between(start: str, end: str | None) -> float | None:
    from datetime import datetime

    if not start or not end:
        return None
    try:
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    except (TypeError, ValueError):
        return None


def environment_rows(environment: Mapping[str, Json]) -> list[tuple[str, str]]:
    """The recorded environment as ``(name, value)`` rows, packages one by one."""
    rows = []
    for name, value in environment.items():
        if isinstance(value, Mapping):
            rows += [(str(key), str(item)) for key, item in value.items()]
        else:
            rows.append((name, str(value)))
    return rows
