"""Hashes of programs that ignore what does not run: formatting, comments, docstrings, the order of imports.

They are the same under every supported version of Python and every hash seed.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from asi_evolve.source.tree import Module, SourceError, TextCache, read, unify_newlines

#: Stands for the value of a tunable constant in a shape hash.
_VALUE = "<tunable>"


def normalised_hash(source: str) -> str:
    """Hash of one file's syntax tree; names and literals count. Text that does not parse is hashed as it is.

    Returns:
        64 hexadecimal digits.
    """
    return _hash(source, abstract=False)


def shape_hash(source: str) -> str:
    """Like :func:`normalised_hash`, with the values (not the ranges) of tunable constants left out.

    Two sources of one building block that differ in their constants only have the same shape hash.
    """
    return _hash(source, abstract=True)


def nodes_hash(module: Module, nodes: Iterable[ast.stmt], *, shape: bool = True) -> str:
    """Hash of some top-level statements of a module: what :func:`shape_hash` (or, without ``shape``,
    :func:`normalised_hash`) gives for a text that holds these alone."""
    return _digest("".join(_node(module, node, shape) for node in nodes))


def _node(module: Module, node: ast.stmt, shape: bool) -> str:
    def make() -> str:
        out: list[str] = []
        _write(node, out, shape)
        return _digest("".join(out))

    return (_SHAPES if shape else _FORMS).get(module.node_text(node), make)


_FORMS: TextCache[str] = TextCache(1024)
_SHAPES: TextCache[str] = TextCache(1024)


def program_hash(files: Mapping[str, str]) -> str:
    """Hash of a whole program: each Python file normalised, every other file as it is, paths included."""
    parts = [
        f"{path}\0{normalised_hash(files[path]) if path.endswith('.py') else _digest(files[path])}"
        for path in sorted(files)
    ]
    return _digest("\n".join(parts))


def _digest(text: str) -> str:
    # surrogatepass: lone surrogates cannot be written to a file, but a hash of them must not fail.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=256)
def _hash(source: str, *, abstract: bool) -> str:
    # A round asks for the hash of its program several times, and only texts and hashes are kept.
    return _digest(_form(source, abstract=abstract))


def _form(source: str, *, abstract: bool) -> str:
    text = unify_newlines(source)
    try:
        module = read(source)
        out: list[str] = _imports(module.tree)
        for node in _without_docstring(module.tree.body):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                out.append(_node(module, node, abstract))
        return "".join(out)
    except (SourceError, RecursionError, MemoryError):
        return "text:" + text


def _imports(tree: ast.Module) -> list[str]:
    """Top-level imports, one name each, sorted: the order in which blocks brought them means nothing."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {f"import {alias.name} as {alias.asname}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            found |= {f"from {start} import {alias.name} as {alias.asname}" for alias in node.names}
    return [line + "\n" for line in sorted(found)]


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body


def _write(node: Any, out: list[str], abstract: bool) -> None:
    if isinstance(node, ast.AST):
        if abstract and is_tunable(node):
            assert isinstance(node, ast.Call)
            out.append(f"({_VALUE}")
            for argument in node.args[1:]:
                _write(argument, out, abstract)
            for keyword in node.keywords:
                if keyword.arg != "default":
                    _write(keyword, out, abstract)
            out.append(")")
            return
        out.append("(" + type(node).__name__)
        documented = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for name in node._fields:
            value: Any = getattr(node, name, None)
            if documented and name == "body":
                value = _without_docstring(value) or [ast.Pass()]
            # Empty fields differ between versions of Python (``type_params``), and ``kind`` marks u"" only.
            if value is None and not (isinstance(node, ast.Constant) and name == "value"):
                continue
            if value == [] or name in ("kind", "ctx", "type_comment"):
                continue
            out.append(f" {name}=")
            _write(value, out, abstract)
        out.append(")")
    elif isinstance(node, list):
        out.append("[")
        for part in node:
            _write(part, out, abstract)
            out.append(",")
        out.append("]")
    else:
        out.append(f"{type(node).__name__}:{node!r}")


def is_tunable(node: ast.AST) -> bool:
    """Whether a node is a call of ``tunable(...)`` or ``something.tunable(...)`` with a first argument."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    return name == "tunable" and bool(node.args or any(k.arg == "default" for k in node.keywords))
