"""The report of a run: collected once, written as Markdown and as one self-contained HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

_EXPORTS = {"collect": "collect", "Report": "collect", "to_html": "html", "to_markdown": "markdown", "write": "write"}

__all__ = ["Report", "collect", "to_html", "to_markdown", "write"]

if TYPE_CHECKING:
    from asi_evolve.report.collect import Report, collect
    from asi_evolve.report.html import to_html
    from asi_evolve.report.markdown import to_markdown
    from asi_evolve.report.write import write


def __getattr__(name: str) -> Any:
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module 'asi_evolve.report' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f"asi_evolve.report.{module}"), name)
    globals()[name] = found  # over the submodule of the same name, which the import has just put here
    return found
