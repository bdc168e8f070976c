from __future__ import annotations

from asi_evolve.history import Entry, History
from asi_evolve.records import Execution, Job, Limits
from asi_evolve.store import Store
from store_samples import info, simple


def ran(*stages: str) -> tuple[Execution, ...]:
    return tuple(Execution(Job(stage, 0, 0, "numpy", Limits()), "ok") for stage in stages)


def test_a_later_stage_outweighs_a_higher_value_as_in_the_history(store: Store) -> None:
    store.create_run(info())
    history = History(stages=("explore", "verify"))
    made = [
        simple(1, value=5.0, stage="explore", executions=ran("explore")),
        simple(2, value=3.0, stage="verify", executions=ran("explore", "verify")),
        simple(3, value=9.0, stage="explore", executions=ran("explore", "explore")),
        simple(4, value=3.0, stage="verify", executions=ran("explore", "verify")),
    ]
    for experiment in made:
        store.record(experiment, state={}, provenance_class="novel", keep_outputs=False).result()
        history.append(Entry.of(experiment, len(history)))
    best = history.best()
    assert best is not None
    assert store.best("abc123") == best.experiment_id == "abc123.2"
