"""Where the ideas came from, and what the run learned."""

from __future__ import annotations

from asi_evolve.loop.experience import Item
from asi_evolve.report.data import Report
from asi_evolve.report.document import Block, Bullets, Prose, Section, Table
from asi_evolve.report.text import one_line

_GROUPS = {
    "all": "all rounds",
    "best 10%": "the best 10%",
    "third 1": "first third",
    "third 2": "second third",
    "third 3": "last third",
}


def ideas_section(report: Report) -> Section:
    """Shares of cognition, experience and novel."""
    names = ("cognition", "experience", "novel")
    rows = tuple(
        (
            _GROUPS.get(group, group),
            f"{shares.get('n', 0):,.0f}",
            *(f"{100 * shares.get(name, 0.0):.0f}%" if shares.get("n") else "-" for name in names),
        )
        for group, shares in report.provenance.items()
    )
    return Section(
        "ideas",
        "Where the ideas came from",
        (
            Table(("of", "rounds", *names), rows, numeric=(1, 2, 3, 4)),
            Prose(
                "cognition: used at least one item of the knowledge base and nothing learned in the run. experience: "
                "used "
                "a lesson, or a block's credit learned in the run. novel: neither. These are what the proposals say "
                "that "
                "they used; they show no cause. Rounds are the valid and the failed ones; the best 10% are of the "
                "valid.",
                "note",
            ),
        ),
    )


def lessons_section(report: Report) -> Section | None:
    """Lessons, the most telling first; None without any."""
    if not report.lessons and not report.told:
        return None
    lines = tuple(
        f"{one_line(lesson.text, 400)} (confidence {lesson.confidence:.2f}; "
        f"evidence {', '.join(lesson.evidence[:6]) or '-'}{' ...' if len(lesson.evidence) > 6 else ''})"
        for lesson in report.lessons
    )
    blocks: list[Block] = []
    if lines:
        blocks += [
            Bullets(lines),
            Prose("The analyzer's own words from this run's numbers; a confidence is its estimate, no test.", "note"),
        ]
    if report.told:
        blocks += [
            Prose("Told by a model, not measured; with the experiments that are for and against each:"),
            Bullets(tuple(_told(item) for item in report.told)),
            Prose(
                "Which experiments count follows from measurements; that the model names the right cause does not.",
                "note",
            ),
        ]
    return Section("lessons", "Lessons", tuple(blocks))


def _told(item: Item) -> str:
    against = f", against it {', '.join(item.against[:6])}" if item.against else ""
    state = "retired: " if item.retired else ""
    return (
        f"{state}{one_line(item.lesson.text, 400)} (confidence {item.confidence:.2f}; for it {', '.join(item.pro[:6])}"
        f"{against})"
    )
