"""Make a recorded run again and compare."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asi_evolve import __version__
from asi_evolve.api.assemble import Parts, assemble
from asi_evolve.api.models import replayed, unrecorded_service, uses_model
from asi_evolve.api.services import guests, round_services, scorer_pool
from asi_evolve.config import BudgetSettings, RoleSettings, Settings, from_json, override
from asi_evolve.errors import NotFoundError, UsageError
from asi_evolve.llm.handed import AGENT
from asi_evolve.loop import RoundServices, RunMemory
from asi_evolve.loop.provenance import provenance_class
from asi_evolve.loop.replay import Compared, Replay
from asi_evolve.loop.script import RecordedDuplicates, script, together
from asi_evolve.proposers.protocol import Proposer
from asi_evolve.store import Reader, RunInfo, Store, open_reader, open_store


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """What making a run again gave."""

    run_id: str
    compared: int
    """Experiments that were made again: rounds, seeds and baselines."""
    differences: tuple[Compared, ...]
    """Those that came out otherwise, in the order of the record."""
    states: tuple[str, ...]
    """Learned states (``sampler``, ``proposer``) that were others at the end."""
    notes: tuple[str, ...] = field(default=())
    """What is not as it was when the run was made, one line each."""
    kept: Path | None = None
    """The database with the replayed run, if that was asked for."""

    @property
    def same(self) -> bool:
        """Whether everything came out as it is recorded."""
        return not self.differences and not self.states


def replay(
    db: str | Path = "asievolve.duckdb",
    run: str | None = None,
    *,
    keep: str | Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    tell: Callable[[Compared], None] | None = None,
    begin: Callable[[RunInfo, tuple[str, ...]], None] | None = None,
) -> ReplayOutcome:
    """Make the finished rounds of a run again, each with exactly what it knew then, and compare.

    The run itself is not changed. Any number of workers can be replayed: the order in which rounds began and ended is
    recorded.

    Args:
        db: Path of the database.
        run: Run id, prefix or None for the latest.
        keep: Write the replayed run, under its id, into this new database.
        overrides: Where to run: keys of ``executor`` and ``sandbox``.
        tell: Called with each comparison, in the order of the record.
        begin: Called once before the first round with the run and the notes.

    Raises:
        UsageError: If there is nothing to replay, the settings no longer fit, or ``keep`` exists.
        StoreError: If ``keep`` could not be written.
        NotFoundError: If there is no such run or database.
    """
    for key in overrides or {}:
        if not key.startswith(("executor.", "sandbox.")):
            raise UsageError(f"{key}: a replay keeps it")
    if keep is not None and Path(keep).exists():
        raise UsageError(f"--keep {keep}: exists; name a new file")
    reader = open_reader(Path(db))
    try:
        info = reader.run_info(reader.resolve_run(run))
        copied, steps = script(reader, info.run_id)
        parts = assemble(_offline(override(from_json(info.config), overrides or {}).settings, info, Path(db)))
        notes = _notes(info, parts)
        if not steps:
            raise UsageError(f"run {info.run_id} has no finished round of its own, so there is nothing to replay")
        memory = RunMemory(
            reader, info.run_id, info.seed, parts.sampler, parts.proposer, parts.domain.stages, parts.embedder
        )
        knowledge = parts.knowledge(reader.cognition(parts.plugins.name))
        executor = parts.executor()
        scorer = scorer_pool(parts, info.run_id)
        compared = 0
        differences: list[Compared] = []
        target = open_store(keep, purpose=f"replay of {info.run_id}") if keep is not None else None
        unkept: list[BaseException] = []

        def noted(done: Future[None]) -> None:
            error = done.exception()
            if error is not None:
                unkept.append(error)

        def take(one: Compared) -> None:
            nonlocal compared
            compared += 1
            if one.difference is not None:
                # Without what came back: a long run must not be held in memory.
                slim = dataclasses.replace(one.replayed, executions=())
                differences.append(dataclasses.replace(one, replayed=slim))
            if target is not None:
                _keep(target, one, memory).add_done_callback(noted)
            if tell is not None:
                tell(one)

        services = round_services(
            parts,
            info.run_id,
            info.seed,
            memory,
            knowledge,
            executor,
            scorer,
            RecordedDuplicates(together(info.run_id, steps)),
            spend=lambda seconds: None,
            stopped=lambda: False,
            llm=parts.model.unrecorded(info.run_id) if parts.model is not None else None,
        )
        services.guests = _guests(parts, reader, info.run_id, services)
        try:
            if target is not None:
                made_by = dataclasses.replace(info, core_version=__version__, tier=parts.tier)
                target.create_run(made_by).add_done_callback(noted)
                for experiment_id in copied:
                    target.record(reader.experiment(experiment_id), state={}).add_done_callback(noted)
                for event in reader.events(info.run_id):
                    if event["kind"] == "fork":  # where the copied rounds come from
                        target.event(info.run_id, "fork", event["data"]).add_done_callback(noted)
            if begin is not None:
                begin(info, notes)
            made = Replay(services, memory, steps, copied, take)
            made.run()
            states = made.state_differs(reader.state(info.run_id))
        finally:
            executor.close()
            scorer.close()
            if target is not None:
                target.close()
    finally:
        reader.close()
    if unkept:
        raise unkept[0]
    return ReplayOutcome(
        info.run_id, compared, tuple(differences), tuple(states), notes, Path(keep) if keep is not None else None
    )


def _guests(parts: Parts, reader: Reader, run_id: str, services: RoundServices) -> dict[str, Proposer]:
    """Who made the rounds that were handed in, by the record."""
    calls = [row for row in reader.llm_calls(run_id) if row["provider"] == AGENT and row["experiment_id"]]
    authors = {}
    for row in calls:
        with contextlib.suppress(NotFoundError):  # cut off, and never made again
            # A resume with a model makes a round that was cut off its own, with the answer that was handed in.
            author = reader.experiment(row["experiment_id"]).notes.get("agent")
            if isinstance(author, str):
                authors[row["experiment_id"]] = author
    answers = replayed(run_id, [row for row in calls if row["experiment_id"] in authors])
    if answers is None:
        return {}
    return guests(parts, authors, unrecorded_service(answers, run_id), services)


def _offline(settings: Settings, info: RunInfo, db: Path) -> Settings:
    """With the recorded answers in the place of a model: a replay asks nobody and needs no key."""
    if not uses_model(settings):
        return settings
    return dataclasses.replace(
        settings,
        llm=f"replay:{info.run_id}",
        roles=RoleSettings(),
        store=dataclasses.replace(settings.store, db=str(db)),
        budget=BudgetSettings(),
    )


def _keep(target: Store, one: Compared, memory: RunMemory) -> Future[None]:
    kind = provenance_class(one.replayed) if one.replayed.round else None
    return target.record(one.replayed, state=memory.state(), provenance_class=kind, keep_outputs=True)


def _notes(info: RunInfo, parts: Parts) -> tuple[str, ...]:
    """What may explain a difference."""
    from asi_evolve.api.environment import environment

    notes = []
    if info.core_version != __version__:
        notes.append(f"it was made with asi-evolve {info.core_version or 'unknown'}, this is {__version__}")
    if info.plugin_version != parts.plugins.version:
        notes.append(f"its plugin was of version {info.plugin_version}, this is {parts.plugins.version}")
    if info.tier != parts.tier:
        notes.append(f"it ran in isolation tier {info.tier}, this is {parts.tier}")
    here = environment(parts.domain.backends[parts.backend].libraries)
    for name in ("python", "machine"):
        if name in info.environment and info.environment[name] != here.get(name):
            notes.append(f"its {name} was {info.environment[name]}, this is {here.get(name)}")
    then, now = info.environment.get("packages"), here.get("packages")
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        notes += [f"its {k} was {v}, this is {now.get(k)}" for k, v in then.items() if now.get(k) != v]
    return tuple(notes)
