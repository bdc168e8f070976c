"""A domain's settings for people: what each means and which values are right, read off its configuration class."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import textwrap
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from asi_evolve.domain import Domain

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", Path: "a path"}


@dataclasses.dataclass(frozen=True, slots=True)
class DomainSetting:
    """One key under ``[domain]``."""

    name: str
    value: Any
    default: Any
    accepts: str
    """In words; empty if the type says nothing."""
    doc: str
    """The field's metadata ``doc`` or the text below it, on one line; empty if there is neither."""


def domain_settings(domain: Domain, config: Any) -> tuple[DomainSetting, ...]:
    """The settings of ``domain`` in the order of its configuration class.

    Args:
        domain: The domain.
        config: The instance that ``domain_config`` made; None if there are no settings.
    """
    cls = domain.config
    if config is None or cls is None or not dataclasses.is_dataclass(cls):
        return ()
    texts = _texts(cls)
    try:
        hints = get_type_hints(cls)
    except Exception:
        hints = {}  # an annotation that only a type checker can resolve
    return tuple(
        DomainSetting(
            one.name,
            getattr(config, one.name),
            _default(one),
            _accepts(hints.get(one.name), one.metadata),
            " ".join(str(one.metadata.get("doc") or texts.get(one.name, "")).replace("``", "`").split()),
        )
        for one in dataclasses.fields(cls)
        if one.init
    )


def _default(one: dataclasses.Field[Any]) -> Any:
    if one.default is not dataclasses.MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not dataclasses.MISSING else None


def _accepts(wanted: Any, metadata: Any) -> str:
    if metadata.get("choices"):
        return "one of " + ", ".join(map(str, metadata["choices"]))
    bounds = [f"{word} {metadata[key]:g}" for key, word in (("low", "from"), ("high", "to")) if key in metadata]
    return " ".join([*filter(None, [_type_words(wanted)]), *bounds])


def _type_words(wanted: Any) -> str:
    kind, arguments = get_origin(wanted), get_args(wanted)
    if kind is Literal:
        return "one of " + ", ".join(map(str, arguments))
    if kind in (Union, types.UnionType):
        words = [_type_words(option) for option in arguments if option is not types.NoneType]
        return " or ".join([*filter(None, words), *(["none"] if types.NoneType in arguments else [])])
    if kind in (list, tuple) or wanted in (list, tuple):
        return "a list"
    return _WORDS.get(wanted, "") if isinstance(wanted, type) else ""


def _texts(cls: type) -> dict[str, str]:
    """Field -> the string that stands below it in the class's source; base classes first."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__[:-1]):
        try:
            (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        except (OSError, TypeError, SyntaxError, ValueError):
            continue  # made in a shell, or its source is not shipped
        body = tree.body if isinstance(tree, ast.ClassDef) else []
        for field, below in itertools.pairwise(body):
            named = isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if named and is_text and isinstance(below.value.value, str):  # type: ignore[attr-defined]
                found[field.target.id] = below.value.value  # type: ignore[attr-defined]
    return found
