"""What a sampler is: pure functions over an explicit state.

``select`` chooses parents from the history; ``update`` is told of each finished experiment. The state is a small
JSON-able dict that the store saves with every experiment; anything per experiment goes into
``Selection.data`` (recorded with the child) or is derived from the history, so that the state stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from asi_evolve.records import Json

if TYPE_CHECKING:
    import numpy as np

    from asi_evolve.history import History

State: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which experiments the next proposal starts from."""

    parent: str | None
    """Experiment id of the main parent; None only when nothing is parentable yet."""
    inspirations: tuple[str, ...] = ()
    """Experiment ids, most useful first; never the parent."""
    data: Mapping[str, Json] = field(default_factory=dict)
    """Recorded with the child as ``Experiment.sampler_data``."""


class Sampler(Protocol):
    """A selection rule. Implementations keep no state of their own."""

    name: str

    def init(self) -> State:
        """The state of a new run."""
        ...

    def select(self, state: State, history: History, rng: np.random.Generator) -> tuple[Selection, State]:
        """Choose for the next round. Must not change ``state`` or ``history``; returns the new state."""
        ...

    def update(self, state: State, history: History, index: int) -> State:
        """Take notice of entry ``index``, which was just appended. Must not change its arguments."""
        ...
