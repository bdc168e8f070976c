"""Top-level definitions of a module and the lines that they take up; edits that leave all other text alone."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

from asi_evolve.errors import UsageError

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


class SourceError(UsageError):
    """A program's source does not have what is asked of it; the message names the definition."""


def unify_newlines(source: str) -> str:
    """``source`` with ``\\n`` line ends, as Python's own tokenizer reads it."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def parse(source: str) -> ast.Module:
    """The module's syntax tree.

    Raises:
        SourceError: If ``source`` is not Python.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise SourceError(f"the source cannot be parsed: {error.msg} (line {error.lineno}); mend its syntax") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"the source cannot be parsed: {type(error).__name__}: {error}; simplify it") from error


class Module:
    """A parsed source with ``\\n`` line ends and one top-level statement a line. Shared: do not change it."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.text = text
        self.tree = tree

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Lines without their ends; line ``i`` of the tree is ``lines[i - 1]``."""
        return tuple(self.text.split("\n"))

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """Name -> its last top-level definition (the one that counts at run time), in the order of the file."""
        found: dict[str, Definition] = {}
        for node in self.tree.body:
            for name in bound_names(node):
                found.pop(name, None)
                if isinstance(node, Definition):
                    found[name] = node
        return found

    def definition(self, name: str) -> Definition:
        """The top-level definition of ``name``.

        Raises:
            SourceError: If there is none.
        """
        if name not in self.definitions:
            public = ", ".join(n for n in self.definitions if not n.startswith("_")) or "nothing"
            raise SourceError(f"the program has no top-level definition of {name!r} (it defines {public}); add one")
        return self.definitions[name]

    def node_text(self, node: ast.stmt) -> str:
        """The lines of a top-level statement, decorators included."""
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        return "\n".join(self.lines[first - 1 : node.end_lineno])

    def reads(self, node: ast.stmt) -> frozenset[str]:
        """What a top-level statement reads: names, and dotted chains (``a.b.c``) whose root is a name."""
        return _READS.get(self.node_text(node), lambda: reads([node]))


V = TypeVar("V")


class TextCache(Generic[V]):
    """Results that depend on the text of a statement alone; most statements of a child are those of its parent."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[str, V] = {}

    def get(self, text: str, make: Callable[[], V]) -> V:
        """What is known of ``text``, made if it is new."""
        found = self._known.get(text)
        if found is None:
            found = make()
            if len(self._known) >= self._size:
                self._known.clear()
            self._known[text] = found
        return found


_READS: TextCache[frozenset[str]] = TextCache(1024)


@lru_cache(maxsize=24)
def read(source: str) -> Module:
    """Parse ``source``; top-level statements that share a line (``a = 1; b = 2``) are set apart first.

    What it gives is shared between callers.

    Raises:
        SourceError: If ``source`` is not Python.
    """
    text = unify_newlines(source)
    tree = parse(text)
    body = tree.body
    shared = {a.end_lineno for a, b in itertools.pairwise(body) if a.end_lineno == b.lineno}
    if not shared:
        return Module(text, tree)
    lines = text.split("\n")
    for before, after in reversed(list(itertools.pairwise(body))):
        if before.end_lineno == after.lineno:
            row = after.lineno - 1
            # col_offset counts UTF-8 bytes.
            raw = lines[row].encode()
            head = raw[: before.end_col_offset].decode()
            lines[row : row + 1] = [head, raw[after.col_offset :].decode()]
    text = "\n".join(lines)
    return Module(text, parse(text))


def bound_names(node: ast.stmt) -> tuple[str, ...]:
    """The names that a top-level definition or plain assignment binds; empty for other statements."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return (node.name,)
    if isinstance(node, ast.Assign):
        return tuple(target.id for target in node.targets if isinstance(target, ast.Name))
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        return (node.target.id,)
    return ()


def span(lines: Sequence[str], node: ast.stmt) -> tuple[int, int]:
    """First and last line (1-based, inclusive): decorators, comments right above, indented comments right below."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    last = node.end_lineno or node.lineno
    while first > 1 and lines[first - 2].startswith("#") and not lines[first - 2].startswith(("#!", "# -*-")):
        first -= 1
    while last < len(lines) and re.match(r"\s+#", lines[last]):
        last += 1
    return first, last


def segment(module: Module, node: ast.stmt) -> str:
    """The text of a definition with the comments that belong to it, without a final newline."""
    first, last = span(module.lines, node)
    return "\n".join(module.lines[first - 1 : last])


def reads(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Every name that ``nodes`` read, local ones too, and every dotted chain that starts with a name."""
    found: set[str] = set()
    for root in nodes:
        for node in ast.walk(root):
            if isinstance(node, ast.Name):
                if not isinstance(node.ctx, ast.Store):
                    found.add(node.id)
            elif isinstance(node, ast.Attribute):
                parts: list[str] = []
                inner: ast.AST = node
                while isinstance(inner, ast.Attribute):
                    parts.append(inner.attr)
                    inner = inner.value
                if isinstance(inner, ast.Name):
                    found.add(".".join([inner.id, *reversed(parts)]))
    return frozenset(found)


def helpers(module: Module, name: str, keep: Collection[str] = ()) -> list[str]:
    """Private top-level names that the definition of ``name`` reaches through private names, in file order.

    Names in ``keep`` are passed over.
    """
    found = module.definitions
    pending, seen = [name], {name}
    while pending:
        node = found.get(pending.pop())
        if node is None:
            continue
        for used in module.reads(node):
            if used.startswith("_") and used in found and used not in seen and used not in keep:
                seen.add(used)
                pending.append(used)
    return [n for n in found if n in seen and n != name]


def replace_lines(module: Module, edits: Mapping[tuple[int, int], str | None]) -> str:
    """The text with line spans (first, last) replaced; None takes the span out with the blank lines after it."""
    lines = list(module.lines)
    for (first, last), new in sorted(edits.items(), reverse=True):
        if new is None:
            while last < len(lines) and not lines[last].strip():
                last += 1
            lines[first - 1 : last] = []
            if last >= len(lines):
                lines.append("")
        else:
            lines[first - 1 : last] = new.rstrip("\n").split("\n")
    return tidy_end("\n".join(lines))


def tidy_end(text: str) -> str:
    """``text`` with exactly one newline at its end."""
    return text.rstrip() + "\n"


def walk_imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Top-level import statements in the order of the file."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
