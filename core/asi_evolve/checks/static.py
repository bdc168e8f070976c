"""Static checks: what can be said of a program without running it.

They are a *first line of advice*, not the wall: they tell an author (a model, the grammar, a person) early and in
one line what will not work, and save a round. Nothing here stops a determined program; the jail does
(:mod:`asi_evolve.sandbox`), and it runs whatever these checks let through.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from asi_evolve.checks.imports import import_problem
from asi_evolve.records import Verdict

NAME = "static"

#: Ceilings that honest programs stay far below; they bound the time that reading a program can take.
MAX_FILES = 32
MAX_FILE_BYTES = 200_000
MAX_TOTAL_BYTES = 1_000_000
MAX_NODES = 50_000
MAX_DEPTH = 200

#: Built-ins that reach files, the terminal or code from strings: the jail refuses what they are for.
REFUSED_CALLS: Mapping[str, str] = {
    "__import__": "import the module by an import statement",
    "breakpoint": "there is no terminal",
    "compile": "write the code out",
    "eval": "write the expression out",
    "exec": "write the code out",
    "input": "there is no terminal",
    "open": "files cannot be read or written; data comes as arguments and goes back as the result",
}
#: Names that an author may give to functions of his own.
SHADOWABLE = frozenset({"compile", "input", "open", "breakpoint"})

#: Attributes whose only use here is to climb out of a module to the interpreter.
REFUSED_ATTRIBUTES = frozenset(
    {
        "__bases__",
        "__builtins__",
        "__closure__",
        "__code__",
        "__globals__",
        "__loader__",
        "__mro__",
        "__subclasses__",
        "f_back",
        "f_builtins",
        "f_globals",
        "f_locals",
        "gi_frame",
        "tb_frame",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where."""

    rule: str
    """One word: path, size, parse, nodes, depth, import, name, attribute, call or protected."""
    text: str
    file: str = ""
    line: int = 0

    @property
    def message(self) -> str:
        """``FILE:LINE: TEXT`` in one line."""
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return " ".join(f"{where}{self.text}".split())


@cache
def required_call(seed: str, call: str) -> str | None:
    """What every program must define: ``call``, unless a harness of the domain's own does without it.

    Args:
        seed: source of the first seed program's entry file.
        call: ``Domain.call``.

    Returns:
        ``call`` if the seed program defines it, else None.
    """
    try:
        tree = ast.parse(seed)
    except SyntaxError:
        return None
    defined = top_level(tree)
    return call if call in defined or "*" in defined else None


def check_program(
    files: Mapping[str, str],
    entry: str,
    *,
    allowed_imports: Sequence[str],
    protected: Sequence[str] = (),
    base: Mapping[str, str] | None = None,
    call: str | None = None,
) -> Verdict:
    """Read a program and say whether it is worth executing.

    Args:
        files: relative path -> source. Files that do not end in ``.py`` are only measured.
        entry: path of the file that is imported as the candidate module.
        allowed_imports: top-level names that may be imported beside the standard library's safe part, for example
            ``Backend.libraries``.
        protected: names of top-level definitions of the entry that must be those of ``base``.
        base: files of the program that protected definitions are compared with; without it they must only exist.
        call: name that the entry must define at top level.

    Returns:
        A verdict named ``static``. The message is the first problem; ``details["problems"]`` lists up to ten as
        ``{"rule", "file", "line", "message"}``.
    """
    problems: list[Problem] = []
    trees: dict[str, ast.Module] = {}
    problems.extend(_layout(files, entry))
    if not problems:
        local = _local_modules(files)
        for path in sorted(files):
            if not path.endswith(".py"):
                continue
            tree = _parse(path, files[path])
            if isinstance(tree, Problem):
                problems.append(tree)
                continue
            nodes, deepest, line = _walk(tree)
            too_large = _size(path, nodes, deepest, line)
            if too_large:  # nothing further is asked of it: it may be nested deeper than a recursion can follow
                problems.extend(too_large)
                continue
            trees[path] = tree
            problems.extend(_contents(path, nodes, allowed_imports, local))
    if entry in trees:
        problems.extend(_entry(entry, trees[entry], protected, base, call))
    if not problems:
        return Verdict(NAME, True)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Verdict(
        NAME,
        False,
        problems[0].message + more,
        details={
            "problems": [{"rule": p.rule, "file": p.file, "line": p.line, "message": p.message} for p in problems[:10]]
        },
    )


def _layout(files: Mapping[str, str], entry: str) -> Iterator[Problem]:
    """Paths and sizes, before anything is parsed."""
    if entry not in files:
        yield Problem("path", f"the entry file {entry!r} is missing; the program has: {', '.join(sorted(files))[:200]}")
    if len(files) > MAX_FILES:
        yield Problem("size", f"the program has {len(files)} files, at most {MAX_FILES} are read")
        return
    total = 0
    for path in sorted(files):
        parts = PurePosixPath(path).parts
        if not path or path != path.strip() or "\\" in path or "\0" in path or path.startswith("/") or ".." in parts:
            yield Problem("path", f"the path {path!r} is not a plain relative path", path)
            continue
        # surrogatepass: lone surrogates cannot be written out, but must not break the measuring of them.
        size = len(files[path].encode("utf-8", "surrogatepass"))
        total += size
        if size > MAX_FILE_BYTES:
            yield Problem("size", f"the file has {size} bytes, at most {MAX_FILE_BYTES} are read", path)
    if total > MAX_TOTAL_BYTES:
        yield Problem("size", f"the files have {total} bytes together, at most {MAX_TOTAL_BYTES} are read")


def _parse(path: str, source: str) -> ast.Module | Problem:
    try:
        return ast.parse(source, filename=path)
    except SyntaxError as error:
        text = (error.text or "").strip()
        shown = f" in {text[:80]!r}" if text else ""
        return Problem("parse", f"syntax error: {error.msg}{shown}", path, error.lineno or 1)
    except (ValueError, UnicodeError) as error:
        return Problem("parse", f"cannot be parsed: {error}", path, 1)
    except (RecursionError, MemoryError):
        return Problem("parse", "cannot be parsed: nested too deeply", path, 1)


def _walk(tree: ast.Module) -> tuple[list[ast.AST], int, int]:
    """All nodes level by level, the depth, and the line of a deepest one: without recursion, whatever the depth."""
    found: list[ast.AST] = []
    level: list[ast.AST] = [tree]
    depth, line = -1, 0
    while level:
        depth += 1
        line = next((node.lineno for node in level if hasattr(node, "lineno")), line)
        found += level
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return found, depth, line


def _size(path: str, nodes: list[ast.AST], deepest: int, line: int) -> list[Problem]:
    """Node count and nesting."""
    problems = []
    if len(nodes) > MAX_NODES:
        problems.append(Problem("nodes", f"the syntax tree has {len(nodes)} nodes, at most {MAX_NODES} are read", path))
    if deepest > MAX_DEPTH:
        problems.append(
            Problem("depth", f"the syntax tree is {deepest} levels deep, at most {MAX_DEPTH} are read", path, line)
        )
    return problems


def _contents(path: str, nodes: list[ast.AST], allowed: Sequence[str], local: frozenset[str]) -> list[Problem]:
    """Imports, and names and attributes that lead out of the module."""
    bound = _bound_names(nodes)
    found: list[Problem] = []
    for node in nodes:
        line = getattr(node, "lineno", 0)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            text = import_problem(node, allowed, local)
            if text:
                found.append(Problem("import", text, path, line))
        elif isinstance(node, ast.Name):
            own = node.id in SHADOWABLE and node.id in bound
            if node.id in REFUSED_CALLS and isinstance(node.ctx, ast.Load) and not own:
                found.append(Problem("name", f"{node.id} is refused: {REFUSED_CALLS[node.id]}", path, line))
            elif node.id == "__builtins__":
                found.append(Problem("name", "__builtins__ is refused: name the built-in itself", path, line))
        elif isinstance(node, ast.Attribute) and node.attr in REFUSED_ATTRIBUTES:
            found.append(
                Problem("attribute", f"the attribute .{node.attr} is refused: solve the task itself", path, line)
            )
    # Nodes come level by level; an author reads from the top.
    return sorted(found, key=lambda problem: problem.line)


def _entry(
    entry: str, tree: ast.Module, protected: Sequence[str], base: Mapping[str, str] | None, call: str | None
) -> Iterator[Problem]:
    """What the entry file must define, and what it must have left alone."""
    definitions = top_level(tree)
    if call is not None and call not in definitions and "*" not in definitions:
        names = ", ".join(sorted(definitions)[:12]) or "nothing"
        yield Problem("call", f"the entry file must define {call!r} at top level; it defines: {names}", entry)
    if not protected:
        return
    original: dict[str, str] = {}
    if base is not None and entry in base:
        parsed = _parse(entry, base[entry])
        original = {} if isinstance(parsed, Problem) else {k: ast.dump(v) for k, v in top_level(parsed).items()}
    for name in protected:
        node = definitions.get(name)
        if node is None:
            if base is None or name in original:
                yield Problem("protected", f"the protected definition {name!r} is gone: put it back as it was", entry)
        elif name in original and ast.dump(node) != original[name]:
            text = f"the protected definition {name!r} was changed: put it back as it was"
            yield Problem("protected", text, entry, getattr(node, "lineno", 0))


def top_level(tree: ast.Module) -> dict[str, ast.AST]:
    """Name -> the statement that binds it last at the top level of a module."""
    names: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names[node.name] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                names[(alias.asname or alias.name).partition(".")[0]] = node
        else:
            for part in ast.walk(node):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    names[part.id] = node
                elif isinstance(part, (ast.FunctionDef, ast.ClassDef)):
                    names[part.name] = part  # under a top-level if or try
    return names


def _bound_names(nodes: list[ast.AST]) -> frozenset[str]:
    bound = set()
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    return frozenset(bound)


def _local_modules(files: Mapping[str, str]) -> frozenset[str]:
    """Names under which the program's own files can be imported."""
    return frozenset(PurePosixPath(path).parts[0].removesuffix(".py") for path in files if path.endswith(".py"))
