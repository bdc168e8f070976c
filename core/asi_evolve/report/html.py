"""The report as one HTML file: no scripts, nothing loaded from elsewhere, all text escaped."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from asi_evolve.report.data import Report
from asi_evolve.report.document import Table
from asi_evolve.report.figures.axes import STYLE
from asi_evolve.report.highlight import highlighted
from asi_evolve.report.text import printable

if TYPE_CHECKING:
    from markupsafe import Markup

#: Characters of a cell that is never broken.
_SHORT = 16
#: An option of the command line, in escaped text.
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_PICTURES = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "webp", "svg+xml"))


def to_html(report: Report) -> str:
    """The report as a self-contained page.

    The template escapes everything; a plugin's Markdown is rendered with raw HTML switched off, pictures only as
    data, links only to the web. A content security policy in the page forbids scripts and loading.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    from asi_evolve.report.chapters.build import build

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_visible
    )
    environment.filters["prose"] = prose
    environment.filters["short"] = short_columns
    environment.filters["code"] = highlighted
    # Drawn by us from numbers, with its texts escaped.
    environment.filters["drawn"] = Markup
    environment.filters["markdown"] = lambda text: Markup(render_markdown(text))
    folder = files("asi_evolve.report").joinpath("templates")
    template = environment.from_string(folder.joinpath("report.html.j2").read_text(encoding="utf-8"))
    style = folder.joinpath("report.css").read_text(encoding="utf-8")
    document = build(report)
    return template.render(document=document, style=Markup(style + STYLE), kind=lambda block: type(block).__name__)


def _visible(value: Any) -> Any:
    """Text with its control characters made visible; mark-up of ours as it is."""
    return printable(value) if type(value) is str else value


def prose(text: str) -> Markup:
    """Text for a paragraph, escaped; names of options are kept on one line."""
    from markupsafe import Markup, escape

    return Markup(_OPTION.sub(r'<span class="nb">\g<0></span>', str(escape(printable(str(text))))))


def short_columns(table: Table) -> set[int]:
    """The columns of a table in which every cell is short enough to stay on one line."""
    return {
        index
        for index in range(len(table.columns))
        if index in table.numeric or all(len(row[index]) <= _SHORT for row in table.rows)
    }


def render_markdown(text: str) -> str:
    """A plugin's Markdown as HTML without raw HTML, scripts or anything that is fetched.

    Its headings are put below those of the page.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.validateLink = _is_safe_link  # type: ignore[method-assign]
    parser.add_render_rule("image", _image)
    tokens = parser.parse(printable(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    return str(parser.renderer.render(tokens, parser.options, {}))


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
