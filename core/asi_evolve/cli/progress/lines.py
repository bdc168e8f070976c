"""The sentences of the progress displays, as plain printable text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from asi_evolve.records import Experiment, Json
from asi_evolve.report.text import number, one_line

if TYPE_CHECKING:
    from asi_evolve.store import RunInfo


def head_line(info: RunInfo, facts: Mapping[str, Json]) -> str:
    """The first line of a run: what runs, on what, where it is written."""
    domain = facts.get("domain")
    problem = domain.get("problem") if isinstance(domain, Mapping) else None
    parts = [
        f"{info.plugin}: {one_line(info.title, 80)}" if info.title else info.plugin,
        *([f"problem {one_line(str(problem), 40)}"] if problem else []),
        f"seed {info.seed}",
        f"proposer {info.proposer}",
        f"sampler {info.sampler}",
        f"workers {facts.get('workers') or info.workers}",
        f"{info.rounds} rounds",
        *([f"executor {facts['executor']}"] if facts.get("executor") not in (None, "local") else []),
        f"isolation tier {facts.get('tier') or info.tier}",
        f"database {facts.get('database', '')}",
    ]
    if facts.get("llm"):
        price = facts.get("price")
        parts.append(f"model {facts['llm']}" + (f" ({price})" if price else ""))
        mix = facts.get("mix")
        if isinstance(mix, Mapping):
            per = {"usd": "dollar", "tokens": "token"}[mix["gain_per"]]
            how = f"by gain per {per}" if mix["policy"] == "bandit" else "by weight"
            named = ", ".join(f"{name} ({price})" for name, price in mix["models"].items())
            parts.append(f"programs by {named}, chosen {how}")
        roles = facts.get("roles")
        if isinstance(roles, Mapping):
            parts += [f"{role}: {one['llm']} ({one['price']})" for role, one in roles.items()]
    else:
        parts.append("no model, no key")
    return "; ".join(parts)


def notes_at_start(info: RunInfo, facts: Mapping[str, Json]) -> list[str]:
    """What a person should know before the first round: an absent isolation, then the run's own warnings."""
    notes = []
    if (facts.get("tier") or info.tier) == "E":
        notes.append(
            "no isolation (tier E): candidates run with your rights and can read, change and send whatever you can; "
            "leave out --sandbox to be protected where this machine can"
        )
    return [*notes, *map(str, facts.get("warnings") or ())]


def cpu_s(experiment: Experiment) -> float:
    """CPU seconds of all executions of an experiment."""
    return sum(execution.cpu_s for execution in experiment.executions)


def tier(experiment: Experiment) -> str:
    """Isolation tier of the last execution, ``-`` if nothing was executed."""
    return experiment.executions[-1].tier if experiment.executions else "-"


def operator(experiment: Experiment) -> str:
    """What the proposer did, in a word or two (from its notes), or the candidate's origin."""
    notes = experiment.notes
    name = notes.get("operator") if isinstance(notes, Mapping) else None
    return one_line(str(name), 16) if name else experiment.candidate.origin


def outcome_text(experiment: Experiment) -> str:
    """The value, or why there is none."""
    if experiment.valid:
        return number(experiment.value)
    return experiment.status if experiment.status != "ok" else "invalid"


def reason(experiment: Experiment) -> str:
    """One line on why an experiment has no value; empty if it has."""
    if experiment.valid:
        return ""
    for verdict in experiment.verdicts:
        if not verdict.passed and not verdict.advisory:
            return one_line(f"{verdict.check}: {verdict.message}", 120)
    for execution in experiment.executions:
        if execution.error:
            return one_line(execution.error, 120)
    return one_line(experiment.score.feedback, 120) if experiment.score is not None else ""


def round_label(experiment: Experiment) -> str:
    """The round's number, or what the experiment of round 0 is."""
    return str(experiment.round) if experiment.round else experiment.candidate.origin


def round_line(experiment: Experiment, total: int, best: float | None, *, is_best: bool) -> str:
    """One finished round on one line: round, outcome, what was done, best so far, CPU, tier."""
    text = reason(experiment) or one_line(experiment.candidate.motivation, 110)
    label = f"{experiment.round}/{total}" if experiment.round else experiment.candidate.origin
    mark = "*" if is_best else " "
    return (
        f"{mark} round {label:>9}  {outcome_text(experiment):<14} best {number(best):<14} "
        f"cpu {cpu_s(experiment):5.1f} s  tier {tier(experiment)}  {operator(experiment)}: {text}"
    )
