"""The result at a glance, and what may not be concluded from it."""

from __future__ import annotations

from asi_evolve.report.chapters.common import plural, precise, rounded
from asi_evolve.report.controls import caution, standing, unequal
from asi_evolve.report.data import Report
from asi_evolve.report.document import Headline
from asi_evolve.report.text import number, one_line, seconds

#: Isolation tiers in which a candidate is confined.
_CONFINED = frozenset({"A", "B", "C", "D", "F"})


def headline(report: Report) -> Headline:
    """Value, stage, seed, budget, and whether it came back."""
    info, best = report.info, report.best
    unit = report.unit
    facts = [
        ("Rounds", f"{report.done:,} of {info.rounds:,}"),
        ("Seed", str(info.seed)),
        ("CPU time of programs", seconds(report.spend.cpu_s)),
        ("Wall time", seconds(report.wall_s)),
        ("Control", _control(report)),
    ]
    if best is None or best.score is None:
        sentence = f"No valid result after {plural(report.done, 'round')}."
        return Headline("", "", sentence.rstrip("."), sentence, tuple(facts))
    score = best.score
    word = "attested" if score.attested else "self-reported (not attested)"
    shown, spread = precise(best.value), ""
    if score.stderr is not None and best.value is not None:
        shown = rounded(best.value, score.stderr)
        spread = f", mean of {score.replicates} replicates ± standard error"
    # A run that searches for a value that is certified says so in the objective's name.
    sentence = (
        f"Best {report.objective}: {shown}{f' {unit}' if unit else ''}{spread}, {word}, in experiment "
        f"{best.experiment_id} (round {best.round} of {info.rounds})."
    )
    start = report.lineage[0].experiment.value if report.lineage else None
    first = [
        ("Experiment", f"{best.experiment_id} (round {best.round})"),
        ("Stage", best.stage or "-"),
        ("Value made by", "the trusted scorer (attested)" if score.attested else "the program: self-reported"),
        ("Executed again at the end", _recheck(report)),
    ]
    if len(report.lineage) > 1 and start is not None and report.lineage[0].experiment.stage == best.stage:
        first.append(("Seed program", f"{number(start)}; {plural(len(report.lineage) - 1, 'generation')} before"))
    if info.target is not None:
        reached = best.value is not None and best.value >= info.target
        first.append(("Target", f"{number(info.target, 12)}, {'reached' if reached else 'not reached'}"))
    return Headline(shown, unit, report.objective + spread, sentence, (*first, *facts))


def _recheck(report: Report) -> str:
    data = report.recheck
    if data is None:
        return "no"
    if data.get("reproduced"):
        return "yes, the same value"
    second = data.get("second")
    return f"gave {precise(second) if second is not None else 'no valid value'} instead"


def _control(report: Report) -> str:
    if report.info.proposer == "random":
        return "this run is a control"
    if not report.controls:
        return "none"
    total = len(report.controls)
    rounds, cpu = (standing(report.series, report.controls, at) for at in ("rounds", "cpu"))
    if total == 1:
        words = ["ahead of it" if f.ahead else "level with it" if f.level else "behind it" for f in (rounds, cpu)]
        return f"1 run; {words[0]} at equal rounds, {words[1]} at equal CPU time"
    return f"{total} runs; ahead of {rounds.ahead} at equal rounds, of {cpu.ahead} at equal CPU time"


def limits(report: Report) -> tuple[str, ...]:
    """What may not be concluded, the weightiest first; each holds for this run, none is boilerplate."""
    out: list[str] = []
    info, best = report.info, report.best
    score = best.score if best is not None else None
    if info.proposer == "random":
        out.append(
            "This run is the control: independent programs drawn uniformly from the same grammar, without parents and "
            "without knowledge. It is the yardstick for other runs, not a result of search."
        )
    elif best is not None and not report.controls:
        out.append(
            "No control was run, so nothing here shows that the search caused the result: uniformly random programs of "
            "the same blocks, given the same budget, might have found as much. The command that makes a control is "
            "under “Controls”."
        )
    elif report.controls:
        equal = standing(report.series, report.controls, "rounds")
        if equal.ahead < len(report.controls):
            count = len(report.controls) - equal.ahead
            of = f"{count} of {len(report.controls)} control runs" if len(report.controls) > 1 else "the control run"
            out.append(
                f"At equal rounds {of} did as well or better: nothing here speaks for this search over drawing "
                "programs "
                "at random."
                if all(control.info.proposer == "random" for control in report.controls)
                else f"At equal rounds {of} did as well or better: nothing here speaks for this setting over that one."
            )
        out.append(caution(len(report.controls)))
        out += unequal(report.controls)
    if best is not None and not report.controls and info.proposer != "random":
        out.append(
            f"One run on one seed ({info.seed}) shows that this value can be reached, not how often or how fast: "
            "another seed may do better or worse."
        )
    if info.status in ("running", "interrupted"):
        out.append(f"The run is {info.status}: what stands here is not its end.")
    elif report.done < info.rounds and info.status != "target":
        out.append(
            f"The run ended after {report.done} of {info.rounds} rounds"
            + (f" ({one_line(info.reason, 200)})" if info.reason else "")
            + ": it is not a run of the full length."
        )
    if score is not None and best is not None:
        if not score.attested:
            out.append(
                "The value is self-reported: it was computed where the program could touch it, so it is a claim of the "
                "program and no measurement."
            )
        data = report.recheck
        if data is None and info.status not in ("running", "interrupted"):
            out.append("The best was not executed a second time, so it is not known whether its value comes back.")
        elif data is not None and not data.get("reproduced"):
            out.append(f"Executed again at the end, the best {_recheck(report)}; the headline is the first value.")
        if any(execution.truncated for execution in best.executions if execution.job.stage == best.stage):
            out.append("The best was cut short by a limit and its last progress was scored: that need not repeat.")
        if report.noisy:
            out.append(
                "The objective is noisy, and the best of many noisy values is biased upwards: expect less on fresh "
                "data. "
                f"The headline rests on {plural(score.replicates, 'replicate')}"
                + (f", with a standard error of {number(score.stderr, 3)}." if score.stderr is not None else ".")
            )
        bound = report.domain.objective.known_bound if report.domain is not None else None
        if bound is not None and best.value is not None and best.value > bound:
            out.append(
                f"The value lies above what was believed possible ({number(bound, 12)}). It held on fresh inputs, but "
                "look for a mistake in the scorer first."
            )
    if info.tier not in _CONFINED:
        out.append(f"Programs ran in isolation tier {info.tier or 'unknown'}, in which nothing is confined.")
    if info.workers > 1 and not _ordered(report):
        out.append(
            f"With {info.workers} workers the order of completion steers the search, so the same seed gives "
            "another run "
            "the next time; with --workers 1 or --ordered it gives the same."
        )
    if info.parent_run:
        out.append(
            f"The first {info.forked_at} rounds were copied from run {info.parent_run}: this is no independent run."
        )
    recorded = info.environment.get("domain_code")
    if recorded and report.domain_code and recorded != report.domain_code:
        out.append(
            "The domain's code was changed since the run was made. Names of blocks, sections of the domain and an "
            "ablation are those of the code that is installed now."
        )
    return tuple(out)


def _ordered(report: Report) -> bool:
    run = report.info.config.get("run")
    return isinstance(run, dict) and bool(run.get("ordered"))
