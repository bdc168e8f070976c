"""One object to ask, several models behind it: who answers follows from what is asked for."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from asi_evolve.errors import ModelError
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
        mix: Model, as the settings name it -> who it is; for a run in which several write programs.
    """

    def __init__(
        self,
        main: ModelService,
        roles: Mapping[str, ModelService] | None = None,
        mix: Mapping[str, ModelService] | None = None,
    ) -> None:
        self._main = main
        self._roles = dict(roles or {})
        self._mix = dict(mix or {})
        self._spent: dict[str, list[dict[str, Json]]] = {}
        self._lock = threading.Lock()

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
        request = replace(request, role=role)
        own = self._roles.get(role)
        if own is not None or request.model not in self._mix:
            return (own or self._main).ask(experiment_id, role, request, about)
        about = {**about, "model": request.model}
        try:
            asked = self._mix[request.model].ask(experiment_id, role, request, about)
        except ModelError:
            self._count(experiment_id, request.model, 0.0, 0)
            raise
        usage = asked.answer.usage
        writer = str(asked.about.get("model", request.model))
        self._count(experiment_id, writer, asked.charged_usd, usage.input_tokens + usage.output_tokens)
        return asked

    def spent(self, experiment_id: str) -> list[dict[str, Json]]:
        """What the models of the mix took for an experiment, in the order in which they were first asked.

        ``model``, ``calls``, ``usd``, ``tokens``; what was paid before an interruption is counted too. The account is
        closed with this.
        """
        with self._lock:
            return self._spent.pop(experiment_id, [])

    def _count(self, experiment_id: str, model: str, usd: float, tokens: int) -> None:
        with self._lock:
            rows = self._spent.setdefault(experiment_id, [])
            row = next((row for row in rows if row["model"] == model), None)
            if row is None:
                row = {"model": model, "calls": 0, "usd": 0.0, "tokens": 0}
                rows.append(row)
            row["calls"] += 1
            row["usd"] += usd
            row["tokens"] += tokens
