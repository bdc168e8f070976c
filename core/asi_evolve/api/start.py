"""Start, resume and fork runs."""

from __future__ import annotations

import dataclasses
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asi_evolve import __version__
from asi_evolve.api.assemble import Parts, assemble
from asi_evolve.api.environment import code_digest, environment
from asi_evolve.api.learned import copy_decisions
from asi_evolve.api.models import recorded_service
from asi_evolve.api.services import guests, round_services, scorer_pool
from asi_evolve.api.view import Run
from asi_evolve.budget import Budget, Meter
from asi_evolve.checks.duplicates import DuplicateIndex
from asi_evolve.config import Resolved, Settings, from_json, override, to_json
from asi_evolve.errors import UsageError
from asi_evolve.events import RunEnd, RunStart
from asi_evolve.executors import Executor, LocalExecutor, ScorerPool
from asi_evolve.llm import Provider
from asi_evolve.loop import Driver, Plan, Progress, RunMemory, RunOutcome, Silence
from asi_evolve.loop.round import now
from asi_evolve.records import Json
from asi_evolve.store import RunInfo, Store, open_store

#: What may differ between the parts of one run; anything else would make it another run: fork it.
_CHANGEABLE = (
    *("run.rounds", "run.workers", "run.target", "run.ordered"),
    *("budget.", "executor.", "store.", "sandbox.", "model."),
)


def run(
    plugin: str,
    *,
    rounds: int | None = None,
    seed: int | None = None,
    workers: int = 0,
    db: str | Path = "asievolve.duckdb",
    progress: Progress | None = None,
    **settings: Any,
) -> Run:
    """Make a new run and wait for its end.

    Args:
        plugin: Name of an installed domain, path of a ``.py`` file, or a dotted module.
        rounds: Rounds to make; the domain's default if None.
        seed: Seeds everything; drawn and recorded if None.
        workers: Rounds at once; 0 means one for each processor.
        db: Path of the database; made if missing.
        progress: Told how it goes.
        **settings: Any other configuration key with ``__`` for the dot, for example ``sampler__name="greedy"``,
            ``domain__problem="square-20"``, ``cognition__enabled=False``.

    Returns:
        The run, with its ``outcome``.

    Raises:
        UsageError: If something is wrong with the arguments, the plugin or the database; nothing was started.
    """
    flags: dict[str, Any] = {
        "plugin": plugin,
        "run.rounds": rounds,
        "run.seed": seed,
        "run.workers": workers,
        "store.db": str(db),
    }
    flags.update({name.replace("__", "."): value for name, value in settings.items()})
    given = {key: value for key, value in flags.items() if value is not None}
    # Only the arguments count: what a library call does must not hang on a file in the working directory.
    return start(override(Settings(), given), progress=progress)


def start(resolved: Resolved, *, progress: Progress | None = None) -> Run:
    """Make a new run from resolved settings and wait for its end (what ``asievolve run`` does)."""
    parts = assemble(resolved.settings, resolved.origins)
    seed = parts.settings.run.seed
    if seed is None:
        seed = secrets.randbelow(2**31)
    settings = dataclasses.replace(parts.settings, run=dataclasses.replace(parts.settings.run, seed=seed))
    parts = dataclasses.replace(parts, settings=settings)
    db = Path(settings.store.db)
    with open_store(db, purpose=f"run of {parts.plugins.name}") as store:
        info = _info(parts, seed, _fresh_id(store))
        store.create_run(info).result()
        return _Session(parts, info, store, db, progress or Silence()).play()


def resume(
    db: str | Path = "asievolve.duckdb",
    run: str | None = None,
    *,
    rounds: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Go on with a run: redo what was interrupted, then ``rounds`` more (or those that it still owes).

    Args:
        db: Path of the database.
        run: Run id, prefix or None for the latest.
        rounds: Rounds to add to those asked for so far; None finishes those.
        overrides: Dotted keys that may differ: workers, target, budgets, executor, sandbox, store.
        progress: Told how it goes.

    Raises:
        UsageError: If there is nothing to do, or an override would make it another run.
    """
    path = _existing(db)
    with open_store(path, purpose="resume") as store:
        info = store.run_info(store.resolve_run(run))
        settings = _overridden(from_json(info.config), overrides or {})
        done = store.rounds_done(info.run_id)
        total = info.rounds + (rounds or 0) if rounds is None or done >= info.rounds else done + rounds
        if total <= done:
            raise UsageError(
                f"run {info.run_id} has done its {done} rounds; say how many more, for example: "
                f"asievolve resume {info.run_id} --rounds 10"
            )
        return go_on(settings, info, store, path, total, progress)


def fork(
    db: str | Path = "asievolve.duckdb",
    run: str | None = None,
    *,
    at: int | None = None,
    rounds: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Start a new run from the first ``at`` finished rounds of another, with other settings if wanted.

    Args:
        db: Path of the database, which gets the new run.
        run: Run id, prefix or None for the latest.
        at: Rounds to take over; None takes all.
        rounds: New rounds; None makes as many as the other run still had to do, or the domain's default.
        overrides: Dotted keys that differ, for example ``{"sampler.name": "greedy", "run.seed": 7}``.
        progress: Told how it goes.
    """
    path = _existing(db)
    with open_store(path, purpose="fork") as store:
        source = store.run_info(store.resolve_run(run))
        done = store.rounds_done(source.run_id)
        taken = done if at is None else at
        if not 0 <= taken <= done:
            raise UsageError(f"--at {taken}: run {source.run_id} has {done} finished rounds, so it must be 0 to {done}")
        settings = override(from_json(source.config), overrides or {}).settings
        for fixed in ("plugin", "run.backend", "judge"):
            if _get(settings, fixed) != _get(from_json(source.config), fixed):
                raise UsageError(f"{fixed}: a fork keeps the plugin, the backend and the judge of run {source.run_id}")
        total = taken + (rounds if rounds is not None else max(source.rounds - taken, 1))
        settings = dataclasses.replace(settings, run=dataclasses.replace(settings.run, rounds=total))
        parts = assemble(settings, written=_written(store, source.run_id))
        if (parts.domain.title, _objective(parts)) != (source.title, source.objective):
            raise UsageError(
                f"[domain]: with these settings it is another problem ({parts.domain.title}) than that of run "
                f"{source.run_id} ({source.title}), so its rounds cannot be taken over; start one with: asievolve run"
            )
        seed = settings.run.seed if settings.run.seed is not None else source.seed
        info = dataclasses.replace(
            _info(parts, seed, _fresh_id(store)), parent_run=source.run_id, forked_at=taken, rounds=total
        )
        store.fork_run(source.run_id, info, None if at is None else taken)
        copy_decisions(store, source.run_id, info.run_id)
        kept = ("sampler", "proposer", "run.seed", "run.stage", "domain", "cognition")
        same = all(_get(settings, key) == _get(from_json(source.config), key) for key in kept)
        return _Session(parts, info, store, path, progress or Silence()).play(
            # With everything taken over and nothing changed, the saved state holds: it need not be made again.
            taken_over=True,
            replay=not (same and at is None),
            note=None if same else "the copied rounds were made under other settings",
        )


@dataclass(frozen=True, slots=True)
class Guest:
    """Who makes one round of a run in the place of its proposer."""

    author: str
    number: int
    """Of the round."""
    provider: Provider
    """Gives the author's answer."""


def go_on(
    settings: Settings,
    info: RunInfo,
    store: Store,
    db: Path,
    total: int,
    progress: Progress | None,
    guest: Guest | None = None,
) -> Run:
    """Take a run up again in this process.

    Args:
        settings: Of the run, with what may differ.
        info: As recorded.
        store: Its open database.
        db: Path of it.
        total: Rounds that the run is to have in all.
        progress: Told how it goes.
        guest: Makes one round, and nothing else is done; None: the rounds that are missing are made.
    """
    settings = dataclasses.replace(settings, run=dataclasses.replace(settings.run, rounds=total))
    written = guest is not None or _written(store, info.run_id)
    parts = assemble(settings, with_model=guest is None, written=written)
    present: dict[str, Any] = {
        "status": "running",
        "reason": "",
        "rounds": total,
        "workers": parts.workers,
        "target": parts.target,
        "tier": parts.tier,
        "config": to_json(parts.settings),
        "ended_at": None,
    }
    store.update_run(info.run_id, **present)
    counted = store.table("select count(seq) n from experiments where run_id = ?", [info.run_id])
    known = counted["n"][0].as_py()
    by = {"agent": guest.author} if guest is not None else {}
    store.event(info.run_id, "resume", {"rounds": total, "version": __version__, "known": known, **by})
    info = dataclasses.replace(info, **present)
    return _Session(parts, info, store, db, progress or Silence(), guest).play(taken_over=True)


def _written(store: Store, run_id: str) -> bool:
    """Whether a model or a person wrote a program of the run."""
    found = store.table("select 1 from experiments where run_id = ? and origin in ('llm', 'human') limit 1", [run_id])
    return bool(found.num_rows)


class _Session:
    """The part of a run that this process makes: sets the parts up, drives, records the end, takes them down."""

    def __init__(
        self, parts: Parts, info: RunInfo, store: Store, db: Path, progress: Progress, guest: Guest | None = None
    ) -> None:
        self._parts, self._info, self._store, self._db, self._progress = parts, info, store, db, progress
        self._guest = guest

    def play(self, *, taken_over: bool = False, replay: bool = False, note: str | None = None) -> Run:
        executor = self._parts.executor()
        scorer = scorer_pool(self._parts, self._info.run_id)
        # They start while the past is read and each other; the first round would else wait for one after the other.
        for part in (executor, scorer):
            if isinstance(part, (LocalExecutor, ScorerPool)):
                threading.Thread(target=part.warm, daemon=True).start()
        try:
            outcome, memory = self._drive(executor, scorer, taken_over, replay, note)
        finally:
            executor.close()
            scorer.close()
            if self._parts.model is not None:
                self._parts.model.close()
        return self._end(outcome, memory)

    def _drive(
        self, executor: Executor, scorer: ScorerPool, taken_over: bool, replay: bool, note: str | None
    ) -> tuple[RunOutcome, RunMemory]:
        parts, info, store = self._parts, self._info, self._store
        interrupted = store.mark_interrupted(info.run_id) if taken_over else []
        seed = info.seed
        memory = RunMemory(
            store,
            info.run_id,
            seed,
            parts.sampler,
            parts.proposer,
            parts.domain.stages,
            parts.embedder,
        )
        duplicates = DuplicateIndex()
        if taken_over:
            if replay:
                memory.replay(store.iter_experiments(info.run_id))
            else:
                memory.restore(store.iter_entries(info.run_id), store.state(info.run_id))
            duplicates.refill(store.program_hashes(info.run_id))
        stored_items = store.cognition(parts.plugins.name)
        if parts.items:
            store.add_cognition(parts.items, parts.plugins.name)
        knowledge = parts.knowledge(stored_items)
        spent = store.spend().get(info.run_id, {}) if taken_over else {}
        meter = Meter(
            _budget(parts.settings),
            cpu_s=store.cpu_seconds(info.run_id) if taken_over else 0.0,
            usd=spent.get("usd", 0.0),
            tokens=int(spent.get("input_tokens", 0) + spent.get("output_tokens", 0)),
        )
        driver_box: list[Driver] = []
        service = None
        if parts.model is not None:
            service = parts.model.service(
                info.run_id,
                meter,
                store,
                store.llm_calls(info.run_id, unfinished=True) if taken_over else [],
                lambda event: driver_box[0].tell_model_call(event),
            )
        services = round_services(
            parts,
            info.run_id,
            seed,
            memory,
            knowledge,
            executor,
            scorer,
            duplicates,
            spend=meter.add_cpu,
            stopped=lambda: bool(driver_box) and driver_box[0].aborted,
            llm=service,
        )
        done, highest, redo = memory.rounds_done(interrupted)
        work = Plan(
            rounds=info.rounds,
            redo=redo[: max(0, info.rounds - done)],
            next_number=highest + 1,
            done=done,
            target=parts.target,
            workers=parts.workers,
            ordered=parts.settings.run.ordered,
            fresh=True,
            missing=memory.round_zero(),
        )
        if self._guest is not None:
            given = recorded_service(self._guest.provider, info.run_id, store)
            authors = {f"{info.run_id}.{self._guest.number}": self._guest.author}
            services.guests = guests(parts, authors, given, services)
            # Rounds that were cut off stay open for the run's own proposer.
            work = dataclasses.replace(
                work,
                rounds=done + 1,
                redo=(),
                next_number=self._guest.number,
                workers=1,
                ordered=False,
                recheck_old=False,
            )
        driver = Driver(
            services,
            memory,
            store,
            executor,
            meter,
            work,
            notify=lambda hook, event: parts.plugins.notify(hook, event, services.context.log),
            progress=self._progress,
            keep_outputs_bytes=parts.settings.store.keep_outputs_kb * 1024,
        )
        driver_box.append(driver)
        self._announce(executor, resumed=taken_over, done=done, note=note)
        return driver.run(), memory

    def _announce(self, executor: Executor, *, resumed: bool, done: int, note: str | None) -> None:
        info, parts = self._info, self._parts
        facts: dict[str, Json] = {
            "database": str(self._db),
            "tier": executor.tier,
            "executor": executor.name,
            "workers": parts.workers,
            "resumed": resumed,
            "done": done,
            "embedder": parts.embedder.name if parts.embedder is not None else None,
            "cognition_items": len(parts.items) if parts.settings.cognition.enabled else 0,
            "domain": _fields(parts.config),
            **(parts.model.facts() if parts.model is not None else {}),
        }
        self._progress.on_start(info, facts)
        if note:
            self._progress.on_note(note)
        event = RunStart(
            info.run_id,
            info.plugin,
            info.seed,
            info.rounds - done,
            resumed,
            str(self._db),
            to_json(parts.settings),
        )
        parts.plugins.notify("on_run_start", event, _log())

    def _end(self, outcome: RunOutcome, memory: RunMemory) -> Run:
        info = self._info
        best = memory.history.best()
        event = RunEnd(
            info.run_id,
            outcome.status,
            outcome.reason,
            outcome.done,
            best.experiment_id if best is not None else None,
            best.value if best is not None else None,
        )
        self._parts.plugins.notify("on_run_end", event, _log())
        status, reason = outcome.status, outcome.reason
        if self._guest is not None and status == "completed" and outcome.done < info.rounds:
            status = "stopped"
            reason = f"Round {self._guest.number} was handed in; {outcome.done} of {info.rounds} rounds are done."
        self._store.update_run(info.run_id, status=status, reason=reason, ended_at=now()).result()
        self._store.close()
        run = Run(info.run_id, self._db, outcome)
        self._progress.on_end(run)
        return run


def _fields(config: Any) -> dict[str, Json]:
    """The domain's configuration as it is, for display."""
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)} if config else {}


def _log() -> Any:
    import logging

    return logging.getLogger("asi_evolve")


def _info(parts: Parts, seed: int, run_id: str) -> RunInfo:
    return RunInfo(
        run_id=run_id,
        plugin=parts.plugins.name,
        title=parts.domain.title,
        seed=seed,
        backend=parts.backend,
        stage=parts.stage,
        proposer=parts.settings.proposer.name,
        sampler=parts.settings.sampler.name if parts.proposer.uses_parent else "none",
        workers=parts.workers,
        rounds=parts.rounds,
        target=parts.target,
        status="running",
        reason="",
        config=to_json(parts.settings),
        tier=parts.tier,
        environment={
            **environment(parts.domain.backends[parts.backend].libraries),
            "domain_code": code_digest(parts.plugins.module),
        },
        parent_run=None,
        forked_at=None,
        core_version=__version__,
        plugin_version=parts.plugins.version,
        created_at=now(),
        ended_at=None,
        objective=_objective(parts),
    )


def _objective(parts: Parts) -> dict[str, Json]:
    objective = parts.domain.objective
    return {"name": objective.name, "unit": objective.unit}


def _fresh_id(store: Store) -> str:
    taken = {info.run_id for info in store.runs()}
    while True:
        run_id = secrets.token_hex(3)
        if run_id not in taken:
            return run_id


def _existing(db: str | Path) -> Path:
    path = Path(db)
    if not path.exists():
        raise UsageError(f"--db {path}: there is no such database; give the path of one, or start with: asievolve run")
    return path


def _overridden(settings: Settings, overrides: Mapping[str, Any]) -> Settings:
    for key in overrides:
        if not key.startswith(_CHANGEABLE):
            raise UsageError(f"{key}: a resumed run keeps it; to change it, use: asievolve fork")
    return override(settings, overrides).settings


def _get(settings: Settings, key: str) -> Any:
    value: Any = settings
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _budget(settings: Settings) -> Budget:
    budget = settings.budget
    hours = budget.cpu_hours
    return Budget(
        wall_s=budget.wall_s,
        cpu_s=None if hours is None else hours * 3600,
        usd=budget.usd,
        tokens=budget.tokens,
    )
