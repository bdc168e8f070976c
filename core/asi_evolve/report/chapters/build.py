"""The whole document, in the order in which a reader needs it."""

from __future__ import annotations

import re

from asi_evolve.report.chapters.ancestry import ancestry_section
from asi_evolve.report.chapters.costs import failures_section, spend_section
from asi_evolve.report.chapters.program import changes_section, program_section
from asi_evolve.report.chapters.progress import controls_section, progress_section
from asi_evolve.report.chapters.setup import published_section, setup_section
from asi_evolve.report.chapters.sources import ideas_section, lessons_section
from asi_evolve.report.chapters.summary import headline, limits
from asi_evolve.report.data import Report
from asi_evolve.report.document import Document, Foreign, Section
from asi_evolve.report.text import one_line


def build(report: Report) -> Document:
    """Put a report into words."""
    info = report.info
    sections = (
        progress_section(report),
        controls_section(report),
        *_of_plugins(report),
        ancestry_section(report),
        changes_section(report),
        program_section(report),
        ideas_section(report),
        lessons_section(report),
        failures_section(report),
        spend_section(report),
        published_section(report),
        setup_section(report),
    )
    return Document(
        title=one_line(info.title or info.plugin, 200),
        kicker=f"{info.plugin}, run {info.run_id}",
        headline=headline(report),
        limits=limits(report),
        sections=tuple(section for section in sections if section is not None),
        footer=f"asi-evolve {info.core_version}, run {info.run_id}, database {report.database}",
    )


def _of_plugins(report: Report) -> list[Section]:
    sections = []
    for index, (title, text) in enumerate(report.sections):
        stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40]
        sections.append(Section(f"plugin-{index + 1}-{stem}", one_line(title, 120), (Foreign(text, title),)))
    return sections
