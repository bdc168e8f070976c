"""How a run ends: what its status is, and whether its best holds when it is executed once more."""

from __future__ import annotations

from dataclasses import dataclass

from asi_evolve.history import History
from asi_evolve.loop.memory import RunMemory
from asi_evolve.loop.outcome import RunStatus
from asi_evolve.loop.round import RoundServices
from asi_evolve.records import Json


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run ended before or at its last round."""

    status: RunStatus
    reason: str
    exit_code: int


def decide(done: int, requested: int, history: History) -> Ending:
    """The ending of a run that nothing stopped. It is "completed" only if it did all that was asked."""
    counts = history.valid if requested == 0 else history.valid & (history.rounds > 0)
    if done < requested:
        return Ending("failed", f"The run ended after {done} of {requested} rounds.", 1)
    if not counts.any():
        return Ending("failed", f"None of the {done} rounds gave a valid result.", 1)
    return Ending("completed", f"All {requested} rounds were done.", 0)


@dataclass(frozen=True, slots=True)
class Recheck:
    """A second execution of the best on the same seeds, before it is reported."""

    experiment_id: str
    value: float
    second: float | None
    reproduced: bool
    text: str

    def data(self) -> dict[str, Json]:
        """For the event log."""
        return {
            "experiment_id": self.experiment_id,
            "value": self.value,
            "second": self.second,
            "reproduced": self.reproduced,
        }


def recheck_best(services: RoundServices, memory: RunMemory) -> Recheck | None:
    """Execute and score the best once more; None if nothing is valid.

    A candidate that is deterministic must give the same value within the domain's tolerance; a result that a
    limit cut short need not, and says so.

    Raises:
        Stopped: If the run was told to stop now.
    """
    with services.lock:
        entry = memory.history.best()
        if entry is None or entry.value is None:
            return None
        best = memory.load(entry.experiment_id)
    measured = services.evaluator.again(services.context, best.candidate, best.stage)
    second = measured.score.value if measured.score is not None else None
    truncated = any(execution.truncated for execution in best.executions)
    tolerance = services.domain.objective.tolerance
    reproduced = second is not None and abs(second - entry.value) <= tolerance
    if reproduced:
        text = f"a second execution of {entry.experiment_id} gave the same value"
    else:
        shown = f"{second:.10g}" if second is not None else f"no valid value ({measured.status})"
        text = f"a second execution of {entry.experiment_id} gave {shown} instead of {entry.value:.10g}"
        if truncated:
            text += " (its result was cut short by a limit, which is not reproducible)"
        elif services.domain.objective.noisy:
            text += " (the objective is noisy)"
    return Recheck(entry.experiment_id, entry.value, second, reproduced, text)
