"""Knowledge items by a model: what a passage teaches for the task, with the page that it is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from asi_evolve.cognition.papers.extract import item_id
from asi_evolve.cognition.papers.passages import SIZE, Passage
from asi_evolve.llm.asking import Model, ask_for
from asi_evolve.llm.fencing import Fence, environment, tidy
from asi_evolve.llm.objects import AnswerError, json_object
from asi_evolve.llm.protocol import Message, Request
from asi_evolve.records import CognitionItem, Json

#: Items of one passage, and characters of one field, at most.
ITEMS, MAX_FIELD = 4, 1500
#: The fields of an item, and how the ones after the insight are named in it.
FIELDS = ("title", "insight", "applies", "pitfalls", "hint", "where")
_LABELS = {"applies": "When it applies", "pitfalls": "Pitfalls", "hint": "How"}

_TEXT: dict[str, Json] = {"type": "string"}
#: JSON schema of an answer.
SCHEMA: Mapping[str, Json] = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": dict.fromkeys(FIELDS, _TEXT),
                "required": list(FIELDS),
                "additionalProperties": False,
            },
        }
    },
    "required": ["items"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class _Told:
    fields: Mapping[str, str]


class Distiller:
    """Asks a model what passages teach for a task.

    Args:
        model: Who is asked; answers are recorded under the passage's digest.
        title, task: Of the domain.
        max_tokens: Ceiling for one answer.
    """

    def __init__(self, model: Model, title: str, task: str, *, max_tokens: int) -> None:
        self._model, self._title, self._task, self._max_tokens = model, title, task, max_tokens

    def items(self, passage: Passage) -> tuple[CognitionItem, ...]:
        """The items of one passage; none if it teaches nothing for the task.

        Raises:
            AnswerError: No answer could be used.
            BudgetReached, ModelError: As :meth:`asi_evolve.llm.ModelService.ask`.
        """
        about: dict[str, Json] = {"paper": passage.paper, "places": list(passage.places)}
        read = ask_for(
            self._model, f"cognition.{passage.digest}", "distill", self.request(passage), about, self._parse(passage)
        )
        return tuple(_item(passage, told) for told in read.value)

    def request(self, passage: Passage) -> Request:
        """The question."""
        folder = files("asi_evolve.cognition.papers")
        made = environment(
            {name: folder.joinpath(f"{name}.j2").read_text(encoding="utf-8") for name in ("system", "passage")}
        )
        fence = Fence(int(passage.digest[:8], 16), "")
        text = made.get_template("passage").render(passage=passage, fence=lambda label, text: fence(label, text, SIZE))
        system = made.get_template("system").render(title=self._title, task=self._task, most=ITEMS)
        return Request(tidy(system), (Message("user", tidy(text)),), self._max_tokens, SCHEMA, passage.digest)

    @staticmethod
    def _parse(passage: Passage) -> Any:
        def parse(text: str) -> list[_Told]:
            if not text.strip():
                raise AnswerError("the answer is empty")
            found, _ = json_object(text)
            rows = found.get("items")
            if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
                raise AnswerError("`items` must be a list of objects (it may be empty)")
            if len(rows) > ITEMS:
                raise AnswerError(f"`items` has {len(rows)} entries; give at most {ITEMS}")
            return [_told(row, passage) for row in rows]

        return parse


def _told(row: Mapping[str, Any], passage: Passage) -> _Told:
    fields: dict[str, str] = {}
    for name in FIELDS:
        value = row.get(name)
        if not isinstance(value, str) or (name in ("title", "insight") and not value.strip()):
            raise AnswerError(f"`{name}` of an item must be a text")
        fields[name] = " ".join(value.encode("utf-8", "replace").decode("utf-8").split())[:MAX_FIELD]
    if fields["where"] not in passage.places:
        # The places are words of the paper: they are not repeated outside their fence.
        raise AnswerError("`where` must be one of the places that are given, exactly as it is written there")
    return _Told(fields)


def _item(passage: Passage, told: _Told) -> CognitionItem:
    fields = told.fields
    insight = "\n".join([fields["insight"], *(f"{label}: {fields[n]}" for n, label in _LABELS.items() if fields[n])])
    source = f"{passage.citation}, {fields['where']}"
    return CognitionItem(item_id(passage, fields["insight"]), fields["title"][:120], insight, source, ("distilled",))
