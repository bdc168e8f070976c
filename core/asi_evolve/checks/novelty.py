"""Where a judgement of novelty hooks in: is this idea new, beyond not being the same program?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from asi_evolve.records import Candidate, Verdict

if TYPE_CHECKING:
    from asi_evolve.history import History

NAME = "novelty"


class NoveltyJudge(Protocol):
    """Says whether a candidate is worth a round although it is no duplicate.

    A judge that cannot answer (a model is down) must return a passing verdict that says so: a missing opinion
    never refuses a program.
    """

    name: str

    def judge(self, candidate: Candidate, history: History) -> Verdict:
        """A verdict named ``novelty``. Called from worker threads under the loop's lock; must not change history."""
        ...


class NoNovelty:
    """The default: every program that is no duplicate is new enough."""

    name = "none"

    def judge(self, candidate: Candidate, history: History) -> Verdict:
        """Always passes."""
        return Verdict(NAME, True)
