"""One question with an answer in a fixed form: asked, read, and mended once if it cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from asi_evolve.llm.fencing import shorten
from asi_evolve.llm.objects import AnswerError
from asi_evolve.llm.protocol import Message, Request
from asi_evolve.llm.service import Asked
from asi_evolve.records import Json

T = TypeVar("T")

#: Most characters of an answer that cannot be used which are shown to the model again.
SHOWN_AGAIN = 20_000

_MEND = """Your answer cannot be used: {error}.

Answer again, with the whole corrected JSON object and nothing else."""


class Model(Protocol):
    """Who is asked (:class:`asi_evolve.llm.ModelService`)."""

    def ask(self, experiment_id: str, role: str, request: Request, about: Mapping[str, Json]) -> Asked:
        """One recorded answer."""
        ...


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """An answer that was read."""

    value: T
    asked: Asked

    @property
    def author(self) -> str:
        """The model that answered, as its provider names it."""
        return self.asked.answer.model or "the model"


def ask_for(
    model: Model,
    experiment_id: str,
    role: str,
    request: Request,
    about: Mapping[str, Json],
    parse: Callable[[str], T],
) -> Read[T]:
    """Ask, read with ``parse``, and ask once more, in the same role, if the answer cannot be used.

    Raises:
        AnswerError: If the model declined, or neither answer can be used; in one line for the record.
        BudgetReached, ModelError: As :meth:`asi_evolve.llm.ModelService.ask`.
    """
    asked = model.ask(experiment_id, role, request, about)
    try:
        return Read(_read(asked, request, parse), asked)
    except AnswerError as error:
        first = str(error)
    if asked.answer.stop == "refusal":
        raise AnswerError(f"the model declined: {asked.answer.note or 'no reason given'}")
    again = model.ask(experiment_id, role, _mend(request, asked.answer.text, first), about)
    try:
        return Read(_read(again, request, parse), again)
    except AnswerError as error:
        raise AnswerError(f"the answer cannot be used, nor its repair: {error} (at first: {first})") from None


def _read(asked: Asked, request: Request, parse: Callable[[str], T]) -> T:
    if asked.answer.stop == "refusal":
        raise AnswerError("the model declined")
    try:
        return parse(asked.answer.text)
    except AnswerError:
        if asked.answer.stop == "length":
            raise AnswerError(f"it was cut off at the limit of {request.max_tokens} tokens; be shorter") from None
        raise


def _mend(request: Request, text: str, error: str) -> Request:
    complaint = _MEND.format(error=error)
    if text.strip():
        turns = (*request.messages, Message("assistant", shorten(text, SHOWN_AGAIN)), Message("user", complaint))
    else:
        turns = (*request.messages[:-1], Message("user", f"{request.messages[-1].text}\n\n{complaint}"))
    return replace(request, messages=turns)
