"""Top-level imports of a program: which names they bind, adding what a block needs, dropping what nothing needs."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from asi_evolve.source.tree import Module, SourceError, parse, read, walk_imports


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One imported name: ``import module [as bound]`` (``name`` empty) or ``from module import name [as bound]``."""

    module: str
    name: str = ""
    asname: str = ""

    @property
    def bound(self) -> str:
        """The name that it binds: for ``import a.b`` that is ``a``."""
        return self.asname or self.name or self.module.split(".")[0]

    @property
    def dotted(self) -> bool:
        """Whether it is ``import a.b``, which binds ``a`` and may stand beside ``import a.c``."""
        return not self.name and not self.asname and "." in self.module

    @property
    def text(self) -> str:
        """As a statement."""
        end = f" as {self.asname}" if self.asname else ""
        return f"from {self.module} import {self.name}{end}" if self.name else f"import {self.module}{end}"


def of_node(node: ast.Import | ast.ImportFrom) -> list[Import]:
    """The names that one statement imports."""
    if isinstance(node, ast.Import):
        return [Import(alias.name, "", alias.asname or "") for alias in node.names]
    module = "." * node.level + (node.module or "")
    return [Import(module, alias.name, alias.asname or "") for alias in node.names]


def parse_imports(statements: Iterable[str]) -> list[Import]:
    """The names that import statements bring.

    Raises:
        SourceError: If one is not an import statement.
    """
    found: list[Import] = []
    for statement in statements:
        for node in parse(statement).body:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                raise SourceError(f"{statement!r} is not an import statement; a block's imports hold nothing else")
            found += of_node(node)
    return found


def imported(tree: ast.Module) -> list[Import]:
    """Every name imported at top level."""
    return [item for node in walk_imports(tree) for item in of_node(node)]


def needs(item: Import, read_names: Collection[str]) -> bool:
    """Whether code that reads ``read_names`` needs the name that ``item`` binds (for ``import a.b``: ``a.b``)."""
    if item.dotted:
        return item.module in read_names or any(name.startswith(item.module + ".") for name in read_names)
    return item.bound in read_names


def add_imports(source: str, statements: Iterable[str]) -> str:
    """``source`` with those names imported that it does not import yet, after its last leading import.

    Raises:
        SourceError: If a name is already bound at top level to something else.
    """
    module = read(source)
    present = imported(module.tree)
    missing: list[Import] = []
    for item in parse_imports(statements):
        if item in present or item in missing:
            continue
        for other in [*present, *missing]:
            if other.bound == item.bound and not (other.dotted and item.dotted):
                raise SourceError(
                    f"{item.text!r} clashes with {other.text!r}, which the program needs elsewhere; import it under "
                    "another name"
                )
        missing.append(item)
    if not missing:
        return module.text
    future = [item for item in missing if item.module == "__future__"]
    rest = [item for item in missing if item.module != "__future__"]
    lines = list(module.lines)
    row = _insertion(module)
    after_docstring = row == 0 or not lines[row - 1].lstrip().startswith(("import ", "from ", ")"))
    new = [item.text for item in rest]
    if new and after_docstring and row > 0:
        new = ["", *new]
    if new and row < len(lines) and lines[row].strip() and not lines[row].startswith(("import ", "from ")):
        new = [*new, ""]
    lines[row:row] = new
    if future:
        first = _insertion(module, docstring_only=True)
        lines[first:first] = [item.text for item in future]
    return "\n".join(lines)


def _insertion(module: Module, *, docstring_only: bool = False) -> int:
    """Number of lines before the place for a new import: after the leading docstring and imports."""
    row = 0
    for index, node in enumerate(module.tree.body):
        docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring or (isinstance(node, ast.Import | ast.ImportFrom) and not docstring_only):
            row = node.end_lineno or node.lineno
        else:
            break
    if row == 0:
        while row < len(module.lines) and module.lines[row].startswith("#!"):
            row += 1
    return row


def drop_imports(source: str, gone: Collection[Import]) -> str:
    """``source`` without the imported names ``gone``; ``__future__`` always stays."""
    gone = {item for item in gone if item.module != "__future__"}
    if not gone:
        return source
    module = read(source)
    lines = list(module.lines)
    for node in reversed(list(walk_imports(module.tree))):
        items = of_node(node)
        kept = [item for item in items if item not in gone]
        if len(kept) == len(items):
            continue
        first = node.lineno - 1
        lines[first : node.end_lineno] = _merged(kept) if kept else []
        # At most two blank lines where the import was.
        while 2 < first < len(lines) and not any(line.strip() for line in lines[first - 2 : first + 1]):
            del lines[first]
    return "\n".join(lines)


def _merged(items: list[Import]) -> list[str]:
    if items[0].name:
        names = ", ".join(f"{i.name} as {i.asname}" if i.asname else i.name for i in items)
        return [f"from {items[0].module} import {names}"]
    return ["import " + ", ".join(f"{i.module} as {i.asname}" if i.asname else i.module for i in items)]
