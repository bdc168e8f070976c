"""The report as one HTML file: no scripts, nothing loaded from elsewhere, all text escaped."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from asi_evolve.report import tables
from asi_evolve.report.data import Report
from asi_evolve.report.svg import score_by_round
from asi_evolve.report.text import printable

_PICTURES = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "webp", "svg+xml"))


def to_html(report: Report) -> str:
    """The report as a self-contained page.

    The template escapes everything; a plugin's Markdown is rendered with raw HTML switched off, pictures only as
    data, links only to the web. A content security policy in the page forbids scripts and loading.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_visible
    )
    template = environment.from_string(
        files("asi_evolve.report").joinpath("templates/report.html.j2").read_text(encoding="utf-8")
    )
    sources = [] if report.best is None else sorted(report.best.candidate.files.items())
    return template.render(
        report=report,
        headline=tables.headline(report),
        facts=tables.facts(report),
        # Drawn by us from numbers, with its one text escaped.
        curve=Markup(score_by_round(report.rows, report.objective)),
        best=tables.best_table(report),
        lineage=tables.lineage_table(report),
        sections=[(title, Markup(render_markdown(printable(text)))) for title, text in report.sections],
        failures=tables.failures_table(report),
        lessons=tables.lessons_lines(report),
        provenance=tables.provenance_table(report),
        controls=tables.controls_table(report),
        published=tables.published_table(report),
        sources=[(path, printable(source)) for path, source in sources],
        events=tables.events_lines(report),
        environment=tables.environment_table(report),
    )


def _visible(value: Any) -> Any:
    """Text with its control characters made visible; mark-up of ours as it is."""
    return printable(value) if type(value) is str else value


def render_markdown(text: str) -> str:
    """A plugin's Markdown as HTML without raw HTML, scripts or anything that is fetched."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.validateLink = _is_safe_link  # type: ignore[method-assign]
    parser.add_render_rule("image", _image)
    return str(parser.render(text))


def _is_safe_link(url: str) -> bool:
    lowered = url.strip().lower()
    return lowered.startswith(("https://", "http://", "#", *_PICTURES))


def _image(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    """An ``<img>`` for pictures that are in the text; the alternative text of any other."""
    from markupsafe import escape

    token = tokens[index]
    source = str(token.attrs.get("src", ""))
    alt = escape(token.content)
    if not source.lower().startswith(_PICTURES):
        return f"<em>{alt}</em>"
    return f'<img src="{escape(source)}" alt="{alt}">'
