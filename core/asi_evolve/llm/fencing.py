"""Prompts hold data that others wrote: programs, logs, papers. Here it is fenced, in a fence that it cannot close.

Advice to the model, not a wall: what a model writes is checked, jailed and scored by others.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

#: Most characters of words in a fence, unless more are asked for.
MAX_WORDS = 2000

_FENCED_OR_EMPTY = re.compile(
    r"(^BEGIN (?:DATA|FILE) ([0-9a-f]{12}) .*?^END (?:DATA|FILE) \2$)|\n{3,}", re.DOTALL | re.MULTILINE
)


class Fence:
    """Puts data between two lines that name a code which does not occur in it."""

    def __init__(self, seed: int, run_id: str) -> None:
        self._seed, self._run = seed, f"{run_id}." if run_id else ""

    def __call__(self, label: str, text: Any, most: int = MAX_WORDS) -> str:
        """``text`` as data; what is longer than ``most`` characters loses its middle, and says so.

        Ids in it are shown as :func:`handle` shows them.
        """
        body = shorten(plain(str(text)).replace(self._run, ""), most)
        return self._wrap("DATA", label, body)

    def file(self, path: str, source: str) -> str:
        """A whole file. Its text is not shortened: half a program is none."""
        return self._wrap("FILE", path, source)

    def _wrap(self, kind: str, label: str, body: str) -> str:
        label = " ".join(plain(label).split())[:120]
        code, turn = "", 0
        while not code or code in body or code in label:
            code = hashlib.sha256(f"{self._seed}:{turn}:{body}".encode("utf-8", "replace")).hexdigest()[:12]
            turn += 1
        return f"BEGIN {kind} {code} {label}\n{body}\nEND {kind} {code}"


def plain(text: str) -> str:
    """Without control characters, which could hide text from people who read the record."""
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in text.replace("\r\n", "\n").replace("\r", "\n"))


def shorten(text: str, most: int) -> str:
    """Head and tail of a long text, with the number of characters between them."""
    if len(text) <= most:
        return text
    head, tail = most // 3, most - most // 3
    return f"{text[:head]}\n[... {len(text) - most} characters left out ...]\n{text[-tail:]}"


def environment(sources: Mapping[str, str]) -> Any:
    """A sandboxed Jinja2 environment over templates, name -> text. A name that a template does not know is an error."""
    from jinja2 import DictLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(sources)),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


def tidy(text: str) -> str:
    """A rendered prompt with the empty lines joined that templates leave; inside a fence every character counts."""
    return _FENCED_OR_EMPTY.sub(lambda match: match.group(1) or "\n\n", text).strip()
