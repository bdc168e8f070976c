"""Runs beside the candidate in the jail: calls ``pack`` and names what it returns. Judges nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any


def run(
    candidate: ModuleType, inputs: Mapping[str, Any], budget: Any, rng: Any, emit: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Call ``candidate.pack(n, budget, rng)``, with ``emit`` too if it takes a parameter of that name.

    Returns ``{"centers", "radii"}`` (and ``"width"`` if three things came back) as they are: whether they are a
    packing is for the scorer to say. Raises AttributeError or TypeError, which the sandbox reports, if there is no
    such function or it returned something else than a tuple of two or three.
    """
    pack = getattr(candidate, "pack", None)
    if not callable(pack):
        raise AttributeError("the program defines no function pack(n, budget, rng)")
    arguments: dict[str, Any] = {}
    if "emit" in inspect.signature(pack).parameters:

        def progress(*parts: Any) -> None:
            emit(_named(parts))

        arguments["emit"] = progress
    result = pack(int(inputs["n"]), budget, rng, **arguments)
    if isinstance(result, dict):
        return dict(result)
    if not isinstance(result, tuple | list):
        raise TypeError(f"pack must return (centers, radii), it returned {type(result).__name__}")
    return _named(tuple(result))


def _named(parts: tuple[Any, ...]) -> dict[str, Any]:
    if len(parts) not in (2, 3):
        raise TypeError(f"a packing is (centers, radii) or (centers, radii, width), not {len(parts)} things")
    return dict(zip(("centers", "radii", "width"), parts, strict=False))
