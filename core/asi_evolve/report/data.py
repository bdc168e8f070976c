"""Gather what a report says of a run: numbers from the store, words from the domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from asi_evolve.errors import AsiEvolveError
from asi_evolve.records import Candidate, CognitionItem, Experiment, Json, Lesson
from asi_evolve.report.ablation import AblationResult, recorded_ablation
from asi_evolve.report.changes import plugins_of
from asi_evolve.report.controls import Control, Series, find_controls, series_of
from asi_evolve.report.costs import Spend, spend_of
from asi_evolve.report.descent import Step, descent
from asi_evolve.report.failures import Failures, failures_of
from asi_evolve.report.stages import StageValues, stage_values
from asi_evolve.store import open_reader

if TYPE_CHECKING:
    from asi_evolve.api import Run
    from asi_evolve.domain import Domain
    from asi_evolve.loop.experience import Item
    from asi_evolve.plugins import Plugins
    from asi_evolve.store import Reader, RunInfo

#: Rows of the table of the best, and lessons that are listed.
BEST = 10
LESSONS = 15
#: What the chapters read of each experiment; whole rows of a long run would not fit into memory.
COLUMNS = (
    "experiment_id", "seq", "round", "stage", "origin", "status", "value", "valid", "attested", "feedback", "parents",
    "motivation", "error", "truncated", "cpu_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is known of a run, before it is put into words."""

    info: RunInfo
    database: str
    rows: tuple[Mapping[str, Any], ...]
    """All finished experiments, flat, in completion order."""
    best: Experiment | None
    stages: tuple[StageValues, ...]
    """Values at each stage that was reached, the first rung first; the best's is the last."""
    series: Series
    """Best so far at the best's stage."""
    statuses: tuple[tuple[str, int], ...]
    """How many rounds ended how, most frequent first; seeds and baselines not counted."""
    done: int
    wall_s: float | None
    top: tuple[Mapping[str, Any], ...]
    lineage: tuple[Step, ...]
    seed: Candidate | None
    """The program that the best is compared with."""
    references: Mapping[str, CognitionItem]
    """Knowledge items by id."""
    lessons: tuple[Lesson, ...]
    provenance: Mapping[str, Mapping[str, float]]
    controls: tuple[Control, ...]
    failures: Failures
    spend: Spend
    ablation: AblationResult | None
    domain: Domain | None
    """As configured for the run; None if its plugin is not installed here."""
    domain_code: str
    """Digest of the domain's code that is installed here; empty if unknown."""
    sections: tuple[tuple[str, str], ...]
    """``(title, Markdown)`` from the domain and service plugins."""
    events: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]
    """What could not be shown, and why."""
    told: tuple[Item, ...] = ()
    """What models said was learned, retired items too."""

    @property
    def unit(self) -> str:
        """Unit of the value; may be empty."""
        return str(self.info.objective.get("unit") or "")

    @property
    def objective(self) -> str:
        """Name of the value."""
        return str(self.info.objective.get("name") or "value")

    @property
    def noisy(self) -> bool:
        """Whether the same program can score differently."""
        if self.domain is not None:
            return self.domain.objective.noisy
        return self.best is not None and self.best.score is not None and self.best.score.stderr is not None

    @property
    def recheck(self) -> Mapping[str, Any] | None:
        """The last second execution of this best; None if there was none."""
        found = [event.get("data") or {} for event in self.events if event.get("kind") == "recheck"]
        mine = [
            data for data in found if self.best is not None and data.get("experiment_id") == self.best.experiment_id
        ]
        return mine[-1] if mine else None


def collect(run: Run, controls: Sequence[str] = ()) -> Report:
    """Gather the report of a run, live or finished.

    A plugin that is not installed here, or whose ``report_sections`` fails, costs its sections and leaves a note.

    Args:
        run: The run.
        controls: Runs to compare with, as ``RUN``, ``FILE`` or ``FILE:RUN``. Empty: the uniform-random runs of the
            same problem in the same database.

    Raises:
        UsageError: If a named control is the run itself or one of another problem.
        NotFoundError: If there is no such control.
    """
    notes: list[str] = []
    with open_reader(run.db) as reader:
        info = reader.run_info(run.run_id)
        if info.status == "running" and not reader.live:
            # Its process was ended from outside and could not say so.
            info = replace(info, status="interrupted")
        plugins, domain = _domain(info, notes)
        rows = reader.rows(run.run_id, only=COLUMNS)
        found = reader.best(run.run_id)
        best = reader.experiment(found) if found is not None else None
        stages = stage_values(reader, info, rows, best, domain)
        lineage = descent(reader, best, rows, domain)
        events = tuple(reader.events(run.run_id))
        rounds = [row for row in rows if row["round"] > 0]
        counts = Counter("valid" if row["valid"] else failure_kind(row) for row in rounds)
        valid = [row for row in rows if row["valid"] and row["value"] is not None]
        stage = best.stage if best is not None else ""
        at_stage = [row["value"] if row["valid"] and row["stage"] == stage else None for row in rows]
        report = Report(
            info=info,
            database=run.db.name,
            rows=tuple(rows),
            best=best,
            stages=stages,
            series=series_of(rows, at_stage),
            statuses=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
            done=len(rounds),
            wall_s=_seconds_between(info.created_at, info.ended_at),
            top=tuple(
                sorted((row for row in valid if row["stage"] == stage), key=lambda row: (-row["value"], row["seq"]))[
                    :BEST
                ]
            ),
            lineage=lineage,
            seed=_seed(lineage, domain, info),
            references=_references(reader, domain),
            lessons=_lessons([lesson for lesson in reader.lessons(run.run_id) if lesson.origin == "rules"]),
            told=_told(reader, run.run_id, notes),
            provenance=run.provenance(),
            controls=find_controls(reader, info, controls, run.db, stage),
            failures=failures_of(reader, info.run_id, rows),
            spend=spend_of(reader, info.run_id, rows),
            ablation=recorded_ablation(events, found, domain.objective.tolerance if domain is not None else 0.0),
            domain=domain,
            domain_code=_code_digest(plugins, notes),
            sections=(),
            events=events,
            notes=(),
        )
    return replace(report, sections=_sections(plugins, run, notes), notes=tuple(notes))


def failure_kind(row: Mapping[str, Any]) -> str:
    """What became of a round without a valid value."""
    return "invalid" if row["status"] == "ok" else str(row["status"])


def _domain(info: RunInfo, notes: list[str]) -> tuple[Plugins | None, Domain | None]:
    try:
        plugins = plugins_of(info)
    except AsiEvolveError as error:
        notes.append(f"The sections of the plugin {info.plugin} are missing: {error}")
        return None, None
    return plugins, plugins.domain


def _code_digest(plugins: Plugins | None, notes: list[str]) -> str:
    if plugins is None:
        return ""
    from asi_evolve.api.environment import code_digest

    try:
        return code_digest(plugins.module)
    except (OSError, ValueError, ImportError) as error:
        notes.append(f"The code of the plugin {plugins.name} could not be read: {error}")
        return ""


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


def _seed(lineage: Sequence[Step], domain: Domain | None, info: RunInfo) -> Candidate | None:
    """The root of the descent; for a program without parents (the control) the domain's first seed program."""
    if lineage and (len(lineage) > 1 or lineage[0].experiment.candidate.origin == "seed"):
        return lineage[0].experiment.candidate
    if domain is None or info.backend not in domain.backends:
        return None
    backend = domain.backends[info.backend]
    name, files = next(iter(backend.seeds.items()))
    return Candidate(f"seed program {name}", dict(files), backend.entry, info.backend, origin="seed")


def _references(reader: Reader, domain: Domain | None) -> dict[str, CognitionItem]:
    from asi_evolve.cognition import load_items

    items = {}
    if domain is not None:
        if domain.cognition is not None:
            items = {item.item_id: item for item in load_items(domain.cognition)}
        items |= {item.item_id: item for item in reader.cognition(domain.name)}
    return items


def _lessons(lessons: Sequence[Lesson]) -> tuple[Lesson, ...]:
    """The most telling lessons, one for each subject: the latest, as it rests on the most evidence."""
    latest = {lesson.about: lesson for lesson in lessons}
    ranked = sorted(latest.values(), key=lambda item: (-item.confidence * (1 + abs(item.effect)), item.about))
    return tuple(ranked[:LESSONS])


def _told(reader: Reader, run_id: str, notes: list[str]) -> tuple[Item, ...]:
    """The items of experience, those with the most experiments for them first."""
    from asi_evolve.api.learned import learned

    try:
        items = learned(reader, run_id)
    except AsiEvolveError as error:  # the embedder that compares them is not installed here
        notes.append(f"What the model learned is not shown: {error}")
        return ()
    ranked = sorted(items, key=lambda item: (item.retired, -len(item.pro), -item.confidence))
    return tuple(ranked[:LESSONS])


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
