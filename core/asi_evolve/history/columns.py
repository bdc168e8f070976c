"""Growing columns: a million rows in some tens of bytes each, where an object for each would take a kilobyte."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from asi_evolve.records import Json

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

T = TypeVar("T", bound=Hashable)

_FIRST = 64
_ODD = -1


class Column:
    """A one-dimensional array that grows by doubling. What was not written yet takes no memory.

    Args:
        dtype: Of the elements.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self.array: NDArray[Any] = np.zeros(_FIRST, dtype=dtype)

    def reserve(self, size: int) -> None:
        """Room for ``size`` elements; new ones are 0."""
        if size > len(self.array):
            # np.zeros takes memory only where it is written to.
            grown = np.zeros(max(size, 2 * len(self.array)), dtype=self.array.dtype)
            grown[: len(self.array)] = self.array
            self.array = grown


class Interned(Generic[T]):
    """Numbers for values of which there are few: equal values get the same number, counted from 0."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._codes: dict[T, int] = {}

    def code(self, value: T) -> int:
        """The number of ``value``."""
        code = self._codes.get(value)
        if code is None:
            code = self._codes[value] = len(self.values)
            self.values.append(value)
        return code


class Notes:
    """JSON objects, of which many are alike: equal ones are kept once."""

    def __init__(self) -> None:
        self._values: list[Mapping[str, Json]] = [{}]
        self._codes: dict[str, int] = {"{}": 0}

    def code(self, value: Mapping[str, Json]) -> int:
        """The number of ``value``; 0 for an empty one."""
        if not value:
            return 0
        try:
            text = json.dumps(value, sort_keys=True)
        except (TypeError, ValueError):
            text = f"#{len(self._values)}"  # more than JSON, numpy scalars for example: kept as it is, by itself
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = len(self._values)
            self._values.append(value)
        return code

    def __getitem__(self, code: int) -> Mapping[str, Json]:
        return self._values[code]


class Numbers:
    """Mappings from names to numbers, for example behaviour descriptors: values in one array, names kept once."""

    def __init__(self) -> None:
        self._names: Interned[tuple[str, ...]] = Interned()
        self._values = Column(np.float64)
        self._used = 0
        self._odd: list[Mapping[str, float]] = []

    def add(self, numbers: Mapping[str, float]) -> tuple[int, int]:
        """Keep ``numbers``; what it returns gives them back through :meth:`get`."""
        names, start = tuple(numbers), self._used
        try:
            values = [float(value) for value in numbers.values()]
        except (TypeError, ValueError):
            self._odd.append(dict(numbers))  # a scorer that breaks its contract is not refused here
            return _ODD, len(self._odd) - 1
        if names:
            self._values.reserve(start + len(names))
            self._values.array[start : start + len(names)] = values
            self._used += len(names)
        return self._names.code(names), start

    def get(self, names: int, start: int) -> dict[str, float]:
        """What :meth:`add` was given."""
        if names == _ODD:
            return dict(self._odd[start])
        keys = self._names.values[names]
        return dict(zip(keys, self._values.array[start : start + len(keys)].tolist(), strict=True))
