"""One object to ask, several models behind it: who answers follows from what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from asi_evolve.llm.protocol import Provider, Request
from asi_evolve.llm.service import Asked, ModelService
from asi_evolve.records import Json

#: What a model can be asked for, with the ``[roles]`` key of the same name; ``propose`` is the main model's.
ROLES = ("propose", "mend", "repair", "novelty", "opinion", "judge", "analyze", "synthesize", "distill")
#: Roles that make a program. A failure in another one ends no round.
WRITING = ("propose", "mend", "repair")


class ModelRouter:
    """The models of a run. Asked like one :class:`ModelService`. Thread-safe.

    Args:
        main: Answers what no other one answers.
        roles: Role -> who answers in it.
    """

    def __init__(self, main: ModelService, roles: Mapping[str, ModelService] | None = None) -> None:
        self._main = main
        self._roles = dict(roles or {})

    @property
    def provider(self) -> Provider:
        """Who is behind the main model."""
        return self._main.provider

    def ask(self, experiment_id: str, role: str, request: Request, about: Mapping[str, Json]) -> Asked:
        """One answer for an experiment, from the model of the role.

        Args:
            experiment_id: Whose question it is.
            role: One of :data:`ROLES`, or a name of a domain's own: that is the main model's.
            request: The question.
            about: What it is about, in JSON values; recorded with it. A question about a program has its hash as
                ``program``, so that after an interruption an answer is used for the same program only.

        Raises:
            BudgetReached, ModelError: As :meth:`ModelService.ask`.
        """
        return self._roles.get(role, self._main).ask(experiment_id, role, replace(request, role=role), about)
