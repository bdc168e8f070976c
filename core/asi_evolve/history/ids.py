"""Experiment ids without a string for each: ``RUN.N`` follows from the run and the round."""

from __future__ import annotations

import numpy as np

from asi_evolve.history.columns import Column

#: A round's number beyond this many times the entries (plus a thousand) is kept as a string.
_SPARSE = 4


class Ids:
    """Which id belongs to which index, both ways."""

    def __init__(self) -> None:
        self._run = ""
        self._of_round = Column(np.int32)  # index + 1 by round; 0 for none
        self._round = Column(np.int32)  # by index; 0 where the id is in _others
        self._others: dict[str, int] = {}
        self._other_ids: dict[int, str] = {}

    def add(self, index: int, experiment_id: str, round_: int) -> None:
        """Note the id of entry ``index``."""
        self._round.reserve(index + 1)
        run, dot, number = experiment_id.rpartition(".")
        if dot and 0 < round_ < _SPARSE * index + 1000 and number == str(round_) and run == (self._run or run):
            self._of_round.reserve(round_ + 1)
            if not self._of_round.array[round_]:
                self._run = run
                self._of_round.array[round_] = index + 1
                self._round.array[index] = round_
                return
        self._others[experiment_id] = index
        self._other_ids[index] = experiment_id

    def id(self, index: int) -> str:
        """The id of an entry."""
        round_ = int(self._round.array[index])
        return f"{self._run}.{round_}" if round_ else self._other_ids[index]

    def find(self, experiment_id: object) -> int | None:
        """The index of an id, or None."""
        if not isinstance(experiment_id, str):
            return None
        run, dot, number = experiment_id.rpartition(".")
        if dot and run == self._run and number.isdecimal() and number.isascii() and number[0] != "0":
            places = self._of_round.array
            place = int(places[int(number)]) if len(number) < 10 and int(number) < len(places) else 0
            if place:
                return place - 1
        return self._others.get(experiment_id)
