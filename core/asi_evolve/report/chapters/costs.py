"""What failed, and what the run spent."""

from __future__ import annotations

from asi_evolve.report.chapters.common import CPU_S, WALL_S, plural
from asi_evolve.report.data import Report
from asi_evolve.report.document import Block, Prose, Section, Table
from asi_evolve.report.text import number, one_line


def failures_section(report: Report) -> Section:
    """Rounds without a valid value by kind, and proposals that were refused."""
    failures = report.failures
    blocks: list[Block] = []
    if failures.rounds:
        total = sum(row.rounds for row in failures.rounds)
        blocks.append(
            Prose(f"{plural(total, 'program')} of {len(report.rows):,}, seeds among them, gave no valid value.")
        )
        blocks.append(
            Table(
                ("kind", "programs", CPU_S, "for example", "what was recorded"),
                tuple(
                    (row.kind, f"{row.rounds:,}", f"{row.cpu_s:.1f}", row.example, one_line(row.text or "-", 300))
                    for row in failures.rounds
                ),
                numeric=(1, 2),
            )
        )
    elif report.done:
        blocks.append(Prose(f"None: all {plural(report.done, 'round')} gave a valid value."))
    else:
        blocks.append(Prose("No round was finished."))
    refused = [row for row in failures.attempts if row.status != "accepted"]
    if failures.proposals:
        blocks.append(
            Prose(
                f"Proposed: {plural(failures.proposals, 'program')} for {plural(report.done, 'round')}; "
                f"{_refusals(sum(row.count for row in refused), failures.duplicates)}"
            )
        )
    if refused:
        blocks.append(
            Table(
                ("refused by", "kind", "number", "for example", "what was recorded"),
                tuple(
                    (row.cause or row.status, row.kind, f"{row.count:,}", row.example, one_line(row.text or "-", 240))
                    for row in refused
                ),
                numeric=(2,),
            )
        )
    return Section("failures", "Failures", tuple(blocks))


def _refusals(refused: int, duplicates: int) -> str:
    if not refused:
        return "none was refused before it ran."
    was = "was" if refused == 1 else "were"
    return (
        f"{refused:,} {was} refused before running, {duplicates:,} of them because the same program had been made "
        "before. A round may propose again after a refusal."
    )


def _writers(report: Report) -> list[Block]:
    """What the models of a mix took and gave."""
    rows = report.spend.writers
    per = "dollar" if all(row.usd > 0.0 for row in rows) else "million tokens"
    table = Table(
        ("programs by", "rounds", "valid", "gains", "sum of gains", f"gain per {per}", "calls", "tokens", "US dollars"),
        tuple(
            (
                row.model,
                f"{row.rounds:,}",
                f"{row.valid:,}",
                f"{row.gains:,}",
                number(row.gain),
                number(row.gain / cost) if (cost := row.usd if per == "dollar" else row.tokens / 1e6) else "-",
                f"{row.calls:,}",
                f"{row.tokens:,}",
                f"{row.usd:.4f}",
            )
            for row in rows
        ),
        numeric=(1, 2, 3, 4, 5, 6, 7, 8),
    )
    words = (
        f"A gain is a value above that of the parent at the same stage; sums are in units of {report.objective}. The "
        "models did not have the same parents, nor the same rounds: the table tells what was spent on what, not which "
        "is better."
    )
    return [table, Prose(words, "note")]


def spend_section(report: Report) -> Section:
    """CPU and wall time by stage and origin; tokens and money if there were any."""
    spend = report.spend
    blocks: list[Block] = []
    if spend.stages:
        blocks.append(
            Table(
                (
                    "stage",
                    "programs",
                    "executions",
                    CPU_S,
                    WALL_S,
                    "peak memory MiB",
                ),
                tuple(
                    (
                        row.stage,
                        f"{row.programs:,}",
                        f"{row.executions:,}",
                        f"{row.cpu_s:.1f}",
                        f"{row.wall_s:.1f}",
                        f"{row.peak_memory_mb:.0f}",
                    )
                    for row in spend.stages
                ),
                numeric=(1, 2, 3, 4, 5),
            )
        )
    if spend.origins:
        blocks.append(
            Table(
                ("programs written by", "programs", "valid", CPU_S, f"best {report.objective}"),
                tuple(
                    (row.origin, f"{row.programs:,}", f"{row.valid:,}", f"{row.cpu_s:.1f}", number(row.best))
                    for row in spend.origins
                ),
                numeric=(1, 2, 3, 4),
            )
        )
    if spend.models:
        blocks.append(
            Table(
                ("model", "role", "calls", "tokens in", "tokens out", "US dollars"),
                tuple(
                    (
                        row.model,
                        row.role,
                        f"{row.calls:,}",
                        f"{row.input_tokens:,}",
                        f"{row.output_tokens:,}",
                        "-" if row.usd is None else f"{row.usd:.4f}",
                    )
                    for row in spend.models
                ),
                numeric=(2, 3, 4, 5),
            )
        )
        if spend.writers:
            blocks += _writers(report)
    else:
        blocks.append(Prose("No language model was called: no tokens, no money."))
    blocks.append(
        Prose(
            "Times are those of the executed programs, as measured outside of them; wall times of programs that "
            "ran side by "
            "side add up. The second execution of the best at the end is not counted.",
            "note",
        )
    )
    return Section("spend", "Spend", tuple(blocks))
