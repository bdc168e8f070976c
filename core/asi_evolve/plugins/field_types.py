"""Whether the fields of a declared record have the types that its class says, down to the last nested one.

Dataclasses do not check what they are given. A missing comma in ``slots=(Slot("fit"))`` would otherwise surface far
from where it was written, as an exception of whatever first reads the field.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import numbers
import types
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

#: Stands in for numpy in annotations: numpy is not imported to load a plugin, and callables are not looked into.
_NUMPY = types.SimpleNamespace(random=types.SimpleNamespace(Generator=object), ndarray=object)

_NUMBERS: Mapping[Any, tuple[type, str]] = {
    int: (numbers.Integral, "a whole number"),
    float: (numbers.Real, "a number"),
}
_WORDS: Mapping[Any, str] = {str: "text", bool: "True or False", type: "a class", types.NoneType: "None"}
_SHOWN = 40


def type_faults(record: Any, where: str, *, skip: tuple[str, ...] = ()) -> Iterator[str]:
    """Each field of the dataclass ``record`` whose value is not of the type that its class declares.

    Lists are taken for tuples, whole numbers for numbers, and numpy's scalars for Python's.

    Args:
        record: An instance of a dataclass; nested ones are looked into.
        where: What the record is called in the messages, for example ``Domain``.
        skip: Fields of ``record`` itself to leave out.
    """
    cls: Any = type(record)
    hints = _hints(cls)
    for one in dataclasses.fields(record):
        if one.name not in skip:
            yield from _faults(getattr(record, one.name), hints[one.name], f"{where}.{one.name}")


@functools.cache
def _hints(cls: type) -> Mapping[str, Any]:
    return get_type_hints(cls, localns={"np": _NUMPY})


def _faults(value: Any, wanted: Any, where: str) -> Iterator[str]:
    kind, arguments = get_origin(wanted), get_args(wanted)
    if kind in (Union, types.UnionType):
        options = [option for option in arguments if option is not types.NoneType]
        if value is None and len(options) < len(arguments):
            return
        if all(next(_faults(value, option, where), None) is not None for option in options):
            yield from _faults(value, options[0], where)
    elif kind is tuple:
        yield from _tuple_faults(value, arguments[0], where)
    elif kind is collections.abc.Mapping:
        if not isinstance(value, Mapping):
            yield f"{where} must be a dict, not {_shown(value)}"
            return
        for key, item in value.items():
            yield from _faults(key, arguments[0], f"a key of {where}")
            yield from _faults(item, arguments[1], f"{where}[{key!r}]")
    elif kind is collections.abc.Callable:
        if not callable(value):
            yield f"{where} must be a function, not {_shown(value)}"
    elif kind is Literal:
        if not isinstance(value, str):  # which of the words it may be is checked with the field's own rules
            yield f"{where} must be one of {', '.join(map(repr, arguments))}, not {_shown(value)}"
    elif wanted in _NUMBERS:
        base, words = _NUMBERS[wanted]
        if not isinstance(value, base) or isinstance(value, bool):
            yield f"{where} must be {words}, not {_shown(value)}"
    elif isinstance(wanted, type):
        yield from _instance_faults(value, wanted, where)


def _tuple_faults(value: Any, item: Any, where: str) -> Iterator[str]:
    if not isinstance(value, (tuple, list)):
        if next(_faults(value, item, where), None) is None:
            written = f"({value!r},)" if isinstance(value, (str, int, float)) else f"({type(value).__name__}(...),)"
            yield f"{where} must be a tuple, not {_shown(value)}: a comma is missing, write {written}"
        else:
            yield f"{where} must be a tuple of {_name(item)}, not {_shown(value)}"
        return
    for number, part in enumerate(value):
        yield from _faults(part, item, f"{where}[{number}]")


def _instance_faults(value: Any, wanted: type, where: str) -> Iterator[str]:
    if not isinstance(value, wanted):
        written = ""
        if dataclasses.is_dataclass(wanted) and isinstance(value, type) and issubclass(value, wanted):
            written = f": write {wanted.__name__}(...)"
        elif dataclasses.is_dataclass(wanted) and isinstance(value, str):
            written = f": write {wanted.__name__}({_short(value)}{_more(wanted)})"
        elif wanted.__name__ == "Path" and isinstance(value, str):
            written = f": write Path({value!r})"
        yield f"{where} must be {_WORDS.get(wanted) or _article(wanted.__name__)}, not {_shown(value)}{written}"
    elif dataclasses.is_dataclass(wanted):
        yield from type_faults(value, where)


def _more(wanted: Any) -> str:
    """What a constructor needs beside its first argument, in a sketch."""
    required = [
        one
        for one in dataclasses.fields(wanted)
        if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    ]
    return ", ..." if len(required) > 1 else ""


def _name(wanted: Any) -> str:
    return getattr(wanted, "__name__", str(wanted)) if get_origin(wanted) is None else str(wanted)


def _article(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"


def _shown(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, (str, bytes, bool, int, float)):
        return f"{type(value).__name__} {_short(value)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return _article(type(value).__name__) if type(value).__name__[:1].isupper() else type(value).__name__


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
