"""The report of a run: collected once, written as Markdown and as one self-contained HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

_EXPORTS = {"collect": "data", "Report": "data", "to_html": "html", "to_markdown": "markdown", "write": "files"}

__all__ = ["Report", "collect", "to_html", "to_markdown", "write"]

if TYPE_CHECKING:
    from asi_evolve.report.data import Report, collect
    from asi_evolve.report.files import write
    from asi_evolve.report.html import to_html
    from asi_evolve.report.markdown import to_markdown


def __getattr__(name: str) -> Any:
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module 'asi_evolve.report' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"asi_evolve.report.{module}"), name)
