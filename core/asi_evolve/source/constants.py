"""Constants that a program marks with ``tunable(...)``: read from its syntax tree, set in its text."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from asi_evolve.errors import did_you_mean
from asi_evolve.records import Json
from asi_evolve.source.normalise import is_tunable
from asi_evolve.source.tree import SourceError, parse, unify_newlines


@dataclass(frozen=True, slots=True)
class Constant:
    """One call of ``tunable(value, low, high, log, choices)`` whose arguments are literals."""

    name: str
    """``function.target``: where it stands and what it is assigned to, for example ``search.jitter``; ``#2`` and so
    on are added to a name that occurs before."""
    value: Json
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[Any, ...] | None = None

    @property
    def integer(self) -> bool:
        """Whether it is a whole number, and stays one."""
        return isinstance(self.value, int) and not isinstance(self.value, bool) and self.choices is None

    @property
    def numeric(self) -> bool:
        """Whether it is a number in a range, as opposed to one of its choices."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool) and self.choices is None

    @property
    def alternatives(self) -> tuple[Any, ...]:
        """Its choices; for a truth value without choices both of them; else empty."""
        if self.choices is not None:
            return self.choices
        return (False, True) if isinstance(self.value, bool) else ()

    def problem(self, value: Json) -> str:
        """Why ``value`` may not be set, or an empty string."""
        if self.alternatives:
            known = [a for a in self.alternatives if type(a) is type(value) and a == value]
            return "" if known else f"must be one of {', '.join(map(repr, self.alternatives))}"
        if not self.numeric:
            return "" if type(value) is type(self.value) else f"must be a {type(self.value).__name__}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        if self.integer and not isinstance(value, int):
            return "must be a whole number"
        if not math.isfinite(value):
            return "must be finite"
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return "" if low <= value <= high or value == self.value else f"must lie in [{low:g}, {high:g}]"


@dataclass(frozen=True, slots=True)
class _Located:
    constant: Constant
    place: tuple[int, int, int, int]
    """First line and column, last line and column of the first argument; columns in bytes."""


def read_constants(source: str) -> list[Constant]:
    """The program's tunable constants in the order of the text.

    Calls with arguments that are not literals, or with a range that holds nothing, are ordinary code and left out.

    Raises:
        SourceError: If ``source`` does not parse.
    """
    return [found.constant for found in _locate(unify_newlines(source))]


def set_constants(source: str, values: Mapping[str, Json]) -> str:
    """``source`` with the first arguments of some tunables replaced; all other text stays as it is.

    Args:
        source: A program.
        values: Constant name -> new value. Whole numbers are accepted for floats.

    Raises:
        SourceError: If a name is unknown, or a value is not of the constant's kind or outside its range.
    """
    text = unify_newlines(source)
    found = {located.constant.name: located for located in _locate(text)}
    lines = [line.encode() for line in text.split("\n")]
    edits: list[tuple[int, int, int, int, bytes]] = []
    for name in values:
        if name not in found:
            raise SourceError(f"the program has no tunable constant {name!r}{did_you_mean(name, found)}")
        constant = found[name].constant
        value = values[name]
        if constant.numeric and not constant.integer and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        problem = constant.problem(value)
        if problem:
            raise SourceError(f"constant {name} = {value!r}: {problem}")
        edits.append((*found[name].place, repr(value).encode()))
    for row, column, end_row, end_column, new in sorted(edits, reverse=True):
        head, tail = lines[row - 1][:column], lines[end_row - 1][end_column:]
        lines[row - 1 : end_row] = [head + new + tail]
    return b"\n".join(lines).decode()


@lru_cache(maxsize=512)
def _locate(text: str) -> tuple[_Located, ...]:
    if "tunable" not in text:
        parse(text)
        return ()
    found: list[_Located] = []
    seen: dict[str, int] = {}
    try:
        calls = _calls(parse(text))
    except RecursionError:
        raise SourceError("the source is nested too deeply to be read; simplify it") from None
    for path, call in calls:
        constant = _constant(path, call)
        if constant is None:
            continue
        count = seen[path] = seen.get(path, 0) + 1
        if count > 1:
            constant = Constant(f"{path}#{count}", *_fields(constant))
        first = call.args[0] if call.args else next(k.value for k in call.keywords if k.arg == "default")
        place = (first.lineno, first.col_offset, first.end_lineno or 0, first.end_col_offset or 0)
        found.append(_Located(constant, place))
    return tuple(found)


def _fields(constant: Constant) -> tuple[Any, ...]:
    return constant.value, constant.low, constant.high, constant.log, constant.choices


def _calls(tree: ast.Module) -> list[tuple[str, ast.Call]]:
    """Every tunable call with its path, in the order of the text."""
    found: list[tuple[str, ast.Call]] = []

    def visit(node: ast.AST, scope: str, target: str) -> None:
        if is_tunable(node):
            assert isinstance(node, ast.Call)
            found.append((".".join(part for part in (scope, target or "value") if part), node))
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = f"{scope}.{node.name}" if scope else node.name
            target = ""
            if not isinstance(node, ast.ClassDef):
                defaults(node.args, scope)
        elif isinstance(node, ast.arguments):
            return
        elif isinstance(node, ast.Assign):
            target = _target(node.targets[0]) or target
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            target = _target(node.target) or target
        elif isinstance(node, ast.keyword) and node.arg:
            target = node.arg
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                word = key.value if isinstance(key, ast.Constant) else None
                visit(value, scope, word if isinstance(word, str) else target)
            return
        if isinstance(node, ast.Assign) and _parallel(node):
            targets, value = node.targets[0], node.value
            assert isinstance(targets, ast.Tuple | ast.List)
            assert isinstance(value, ast.Tuple | ast.List)
            for left, right in zip(targets.elts, value.elts, strict=True):
                visit(right, scope, _target(left) or target)
            return
        for child in ast.iter_child_nodes(node):
            visit(child, scope, target)

    def defaults(args: ast.arguments, scope: str) -> None:
        positional = [*args.posonlyargs, *args.args]
        pairs = list(zip(reversed(positional), reversed(args.defaults), strict=False))[::-1]
        keyword = [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None]
        for argument, default in [*pairs, *keyword]:
            visit(default, scope, argument.arg)

    visit(tree, "", "")
    found.sort(key=lambda pair: (pair[1].lineno, pair[1].col_offset))
    return found


def _parallel(node: ast.Assign) -> bool:
    left, right = node.targets[0], node.value
    sequence = ast.Tuple | ast.List
    return isinstance(left, sequence) and isinstance(right, sequence) and len(left.elts) == len(right.elts)


def _target(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _constant(path: str, call: ast.Call) -> Constant | None:
    names = ("default", "low", "high", "log", "choices")
    try:
        given = {name: ast.literal_eval(node) for name, node in zip(names, call.args, strict=False)}
        given |= {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg in names}
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    value, low, high, choices = given["default"], given.get("low"), given.get("high"), given.get("choices")
    if choices is not None:
        if not isinstance(choices, list | tuple) or not choices:
            return None
        return Constant(path, value, choices=tuple(choices))
    for bound in (low, high):
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int | float)):
            return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if low is not None and high is not None and low > high:
        return None
    log = bool(given.get("log", False))
    if log and (low is None or high is None or low <= 0):
        return None
    return Constant(path, value, low, high, log)
