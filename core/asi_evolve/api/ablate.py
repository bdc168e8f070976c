"""Measure which changes of a run's best program matter, after the run; recorded, so that it is done once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asi_evolve import __version__
from asi_evolve.api.assemble import Parts, assemble
from asi_evolve.api.services import scorer_pool
from asi_evolve.config import from_json
from asi_evolve.context import RunContext
from asi_evolve.errors import AsiEvolveError, NotFoundError, UsageError
from asi_evolve.loop import Evaluator
from asi_evolve.loop.ablation import Variant, measure, plan
from asi_evolve.records import Candidate, Json
from asi_evolve.store import RunInfo, open_store

#: Kind of the events that hold the measurements.
EVENT = "ablation"
#: Kind of the event that names what could not be set back.
LEFT_OUT = "ablation_left_out"


@dataclass(frozen=True, slots=True)
class Ablation:
    """What an ablation did."""

    run_id: str
    experiment_id: str
    measured: int
    """Variants that were measured now, the reference among them."""
    recorded: int
    """Variants that were measured before."""
    left_out: tuple[str, ...]
    cpu_s: float
    """CPU seconds spent now."""


def ablate(
    db: str | Path = "asievolve.duckdb",
    run: str | None = None,
    *,
    on_start: Callable[[str], None] | None = None,
    on_variant: Callable[[Mapping[str, Json]], None] | None = None,
) -> Ablation:
    """Set each difference between a run's best program and the seed that it descends from back, one at a time.

    Every variant is executed and scored in the sandbox on the seeds of the best's stage, once, and kept as an event of
    the run. The program itself is measured once more beside them, as the reference. Variants that are recorded
    already are not measured again.

    Args:
        db: Path of the database. It is written to, so no run may be live in it.
        run: Run id, prefix or None for the latest.
        on_start: Told in one line what will be measured and what it may cost.
        on_variant: Told of each measurement, in any order.

    Raises:
        UsageError: If the run has no valid experiment, its best is a seed, or the domain has nothing to set back.
    """
    path = Path(db)
    if not path.exists():
        raise UsageError(f"--db {path}: there is no such database; give the path of one")
    with open_store(path, purpose="ablation") as store:
        info = store.run_info(store.resolve_run(run))
        found = store.best(info.run_id)
        if found is None:
            raise UsageError(f"run {info.run_id} has no valid experiment, so there is nothing to ablate")
        best = store.experiment(found)
        parts = assemble(from_json(info.config), with_model=False)
        base = _base(parts, [row["experiment_id"] for row in store.lineage(found)], store.experiment)
        if base.experiment_id == found:
            raise UsageError(f"the best of run {info.run_id} is the seed {found} itself: nothing differs from it")
        try:
            work = plan(parts.domain, base, best.candidate)
        except AsiEvolveError as error:
            raise UsageError(f"--ablate: the changes of {found} cannot be set back: {error}") from error
        known = {
            (event["data"].get("program_hash"), event["data"].get("stage"))
            for event in store.events(info.run_id)
            if event["kind"] == EVENT and event["data"].get("experiment_id") == found
        }
        missing = [variant for variant in work.variants if (variant.digest, best.stage) not in known]
        if missing and on_start is not None:
            on_start(_announcement(parts, found, missing, best.stage))
        spent: list[float] = []

        def record(data: dict[str, Json]) -> None:
            data = {**data, "base": base.experiment_id, "version": __version__, "workers": parts.workers}
            store.event(info.run_id, EVENT, data).result()
            spent.append(float(data["cpu_s"]))
            if on_variant is not None:
                on_variant(data)

        if missing:
            _measure_all(parts, info, best.candidate, best.stage, missing, record)
            if work.left_out:
                store.event(info.run_id, LEFT_OUT, {"experiment_id": found, "texts": list(work.left_out)}).result()
    return Ablation(info.run_id, found, len(missing), len(work.variants) - len(missing), work.left_out, sum(spent))


def _base(parts: Parts, chain: list[str], load: Callable[[str], Any]) -> Candidate:
    """The seed at the root of the descent; the first seed program for one that has no parents (the control)."""
    root: Candidate = load(chain[0]).candidate
    if root.origin == "seed" or len(chain) > 1:
        return root
    backend = parts.domain.backends[parts.backend]
    name, files = next(iter(backend.seeds.items()))
    return Candidate(f"seed program {name}", dict(files), backend.entry, parts.backend, origin="seed")


def _announcement(parts: Parts, experiment_id: str, missing: list[Variant], stage_name: str) -> str:
    stage = next((stage for stage in parts.domain.stages if stage.name == stage_name), None)
    if stage is None:
        raise NotFoundError(f"the domain {parts.domain.name!r} has no stage {stage_name!r} any more")
    executions = len(missing) * len(stage.replicate_seeds)
    most = executions * stage.limits.cpu_s
    return (
        f"ablation of {experiment_id}: {len(missing)} programs at stage {stage.name}, {executions} executions, "
        f"at most {most:.0f} CPU seconds ({stage.limits.cpu_s:g} each)"
    )


def _measure_all(
    parts: Parts,
    info: RunInfo,
    candidate: Candidate,
    stage: str,
    variants: list[Variant],
    record: Callable[[dict[str, Json]], None],
) -> None:
    executor = parts.executor()
    scorer = scorer_pool(parts, info.run_id)
    context = RunContext(
        run_id=info.run_id, domain=parts.domain, config=parts.config, backend=parts.backend, executor=executor
    )
    evaluator = Evaluator(
        parts.plugins.hook,
        parts.domain,
        scorer,
        run_seed=info.seed,
        last_stage=parts.stage,
        spend=lambda seconds: None,
        stopped=lambda: False,
        stage_values=lambda name, count: (),
    )
    pool = ThreadPoolExecutor(parts.workers)
    try:
        jobs = [pool.submit(measure, evaluator, context, candidate, variant, stage) for variant in variants]
        for job in jobs:
            record(job.result()[1])
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        executor.close()
        scorer.close()
        pool.shutdown(wait=True)
