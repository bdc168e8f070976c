"""Python and diffs with their parts marked for colouring, as safe HTML."""

from __future__ import annotations

import io
import keyword
import tokenize

from markupsafe import Markup, escape

from asi_evolve.report.text import printable

#: Characters beyond which a source is shown without colours.
_MOST = 100_000

_CLASSES = {tokenize.COMMENT: "c", tokenize.STRING: "s", tokenize.NUMBER: "n"}
_DIFF = (("+++", "h"), ("---", "h"), ("@@", "h"), ("+", "a"), ("-", "d"))


def highlighted(text: str, language: str) -> Markup:
    """``text`` with ``<span>`` around what is to be coloured; escaped whatever it is."""
    text = printable(text)
    if language == "diff":
        return Markup("\n").join(_diff_line(line) for line in text.split("\n"))
    if language == "python" and len(text) <= _MOST:
        return _python(text)
    return escape(text)


def _diff_line(line: str) -> Markup:
    name = next((name for start, name in _DIFF if line.startswith(start)), "")
    return Markup('<span class="{}">{}</span>').format(name, line) if name else escape(line)


def _python(text: str) -> Markup:
    """The tokens of the text; from where it stops to be Python on, the plain rest."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    parts: list[Markup] = []
    done = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            name = _CLASSES.get(token.type, "")
            if token.type == tokenize.NAME and keyword.iskeyword(token.string):
                name = "k"
            if not name:
                continue
            begin, end = starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1]
            if begin < done:
                continue
            parts += [escape(text[done:begin]), Markup('<span class="{}">{}</span>').format(name, text[begin:end])]
            done = end
    except (tokenize.TokenError, SyntaxError, IndexError):
        pass
    return Markup("").join([*parts, escape(text[done:])])
