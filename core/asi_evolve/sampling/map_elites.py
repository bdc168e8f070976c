"""``map_elites``: one elite per cell of a behaviour grid; parents are drawn uniformly over occupied cells.

Source: Mouret and Clune 2015, "Illuminating search spaces by mapping elites", arXiv:1504.04909. The axes are the
domain's features. The map is kept in the state as ``{cell: index of its elite}`` and is what ``select`` draws
from: a poor program in a cell of its own is a parent as often as the best program of the run.

A domain without features gets one axis: the length of the lineage (how many generations from a seed), in
doubling steps 0, 1, 2-3, 4-7, ... It keeps the best program of each age alive as a stepping stone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from asi_evolve.errors import ConfigError, did_you_mean
from asi_evolve.sampling.inspirations import good_and_different
from asi_evolve.sampling.options import option
from asi_evolve.sampling.protocol import Selection, State
from asi_evolve.sampling.ranking import eligible, eligible_at, uniform_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asi_evolve.domain import Feature
    from asi_evolve.history import Entry, History

#: The state is saved with every experiment, so the grid has a ceiling.
MAX_CELLS = 2_500


@dataclass(frozen=True, slots=True)
class MapElitesOptions:
    """Keys under ``[sampler]`` for ``map_elites``."""

    axes: tuple[str, ...] = option(())
    """Names of the features that span the grid; empty: all of the domain's that a seed reproduces (no clock times)."""
    inspirations: int = option(3, 0, 20)
    """How many inspirations (elites of other cells) to show."""


class MapElites:
    """A grid of elites over the domain's features.

    Raises:
        ConfigError: an axis that the domain does not declare, or a grid of more than :data:`MAX_CELLS` cells.
    """

    name = "map_elites"

    def __init__(self, options: MapElitesOptions, features: tuple[Feature, ...] = ()) -> None:
        known = {feature.name: feature for feature in features}
        for axis in options.axes:
            if axis not in known:
                declared = ", ".join(known) or "none"
                raise ConfigError(
                    f"[sampler] axes: the domain has no feature {axis!r}{did_you_mean(axis, known)}; it declares: "
                    f"{declared}"
                )
        self.options = options
        named = [known[axis] for axis in options.axes]
        self.axes = tuple(named or [feature for feature in features if feature.reproducible])
        cells = prod(feature.bins for feature in self.axes)
        if cells > MAX_CELLS:
            raise ConfigError(
                f"[sampler] map_elites: the grid of {len(self.axes)} features has {cells} cells, more than "
                f"{MAX_CELLS}: choose fewer with axes = [...]"
            )

    def init(self) -> State:
        """An empty map."""
        return {"cells": {}}

    def cell(self, entry: Entry) -> str | None:
        """The cell of an entry, for example ``"3,0"``; None if a feature is missing or not a number.

        Values outside an axis fall into its first or last bin.
        """
        if not self.axes:
            return str(_depth(entry).bit_length())
        places = []
        for axis in self.axes:
            value = entry.features.get(axis.name)
            if value is None or value != value:
                return None
            share = (value - axis.low) / (axis.high - axis.low) if axis.high > axis.low else 0.0
            places.append(str(int(min(max(share, 0.0), 1.0) * axis.bins) if share < 1.0 else axis.bins - 1))
        return ",".join(places)

    def select(self, state: State, history: History, rng: np.random.Generator) -> tuple[Selection, State]:
        """A uniform draw over the occupied cells. While the map is empty, over all that may be a parent."""
        fitness = eligible(history)
        cells: dict[str, int] = state["cells"]
        data: dict[str, Any] = {}
        if cells:
            # In completion order, not in the dict's: the draw must not depend on how the map was rebuilt.
            elites = np.sort(np.fromiter(cells.values(), dtype=np.intp, count=len(cells)))
            parent = int(elites[rng.integers(len(elites))])
            data["cell"] = self.cell(history.entry(parent))
            others = elites[np.argsort(-fitness[elites], kind="stable")]
            pool = _spread(others[others != parent])
        else:
            fallback = uniform_index(fitness, rng)
            if fallback is None:
                return Selection(None, (), {}), state
            parent, pool = fallback, np.empty(0, dtype=np.intp)
        if not self.axes:
            data["depth"] = _depth(history.entry(parent)) + 1
        inspirations = good_and_different(history, fitness, parent, self.options.inspirations, self.axes, pool=pool)
        return Selection(history.id_of(parent), inspirations, data), state

    def update(self, state: State, history: History, index: int) -> State:
        """Put entry ``index`` into its cell if that is empty or its elite is worse (the earlier of equals stays)."""
        fitness = eligible_at(history, index)
        if fitness is None:
            return state
        cell = self.cell(history.entry(index))
        if cell is None:
            return state
        cells: dict[str, int] = state["cells"]
        if cell in cells and fitness <= float(history.fitness[cells[cell]]):
            return state
        return {**state, "cells": {**cells, cell: index}}


def _depth(entry: Entry) -> int:
    depth = entry.sampler_data.get("depth", 0)
    return depth if isinstance(depth, int) and depth > 0 else 0


def _spread(elites: NDArray[np.intp], count: int = 32) -> NDArray[np.intp]:
    """At most ``count`` of ``elites`` (best first), evenly over the ranks: the map is wanted, not only its top."""
    return elites if len(elites) <= count else elites[np.arange(count) * len(elites) // count]
