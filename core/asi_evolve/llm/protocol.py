"""What a provider of models is: a request goes in, an answer comes out. Nothing else is asked of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from asi_evolve.records import Json

Stop = Literal["end", "length", "refusal", "other"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation. Texts are never empty."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model. The stable part comes first, so that a provider's prompt cache can serve it."""

    system: str
    """The same in every round of a run: providers that cache prompts are told to keep it."""
    messages: tuple[Message, ...]
    """Ends with a turn of the user."""
    max_tokens: int
    """Ceiling for the answer, thinking included."""
    schema: Mapping[str, Json] | None = None
    """JSON schema of the answer, for providers that can be held to one; None for free text."""
    round: str = ""
    """Which round asks: the experiment's id without that of its run. Not sent."""
    role: str = ""
    """What for, as :data:`asi_evolve.llm.ROLES` has it. Not sent."""
    model: str = ""
    """Which model of a mix, as the settings name it; empty for that of the role. Not sent."""

    def to_json(self) -> dict[str, Json]:
        """As it is recorded. Without the schema, which follows from the version of asi-evolve."""
        return {
            "system": self.system,
            "messages": [{"role": message.role, "text": message.text} for message in self.messages],
            "max_tokens": self.max_tokens,
        }

    def digest(self) -> str:
        """Hash of what the model reads; 64 hexadecimal digits."""
        read = self.to_json()
        del read["max_tokens"]
        return hashlib.sha256(json.dumps(read, ensure_ascii=True, sort_keys=True).encode()).hexdigest()

    def most_input_tokens(self) -> int:
        """More tokens than the prompt can have: a token is at least one byte of the text or of its schema."""
        texts = [self.system, *(message.text for message in self.messages)]
        if self.schema is not None:
            texts.append(json.dumps(self.schema))
        return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) + 64 * (len(self.messages) + 2)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that one request took, as the provider counts them."""

    input_tokens: int = 0
    """All tokens in, those of the provider's cache included."""
    output_tokens: int = 0
    """All tokens out, thinking included."""
    cached_tokens: int = 0
    """Of the tokens in: read from the provider's cache."""
    written_tokens: int = 0
    """Of the tokens in: written to the provider's cache."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    text: str
    usage: Usage
    stop: Stop
    """``end``: the model had finished. ``length``: cut off at ``max_tokens``. ``refusal``: it declined."""
    model: str = ""
    """The model that answered, as the provider names it."""
    request_id: str = ""
    """The provider's id of the request, for its support."""
    retries: int = 0
    """Requests before this one that failed and were made again."""
    note: str = ""
    """One line that belongs into the record: why it declined, for example."""


class Provider(Protocol):
    """Answers questions. Made once for a run by ``factory(settings)`` of ``register_llms``; called from worker threads.

    ``complete`` makes its own retries and raises :class:`asi_evolve.errors.ModelError` when it gives up, or
    ``ModelUnavailableError`` where no further request can succeed. It must not write keys into messages: those go to
    the log and to the database. Optional members: ``secrets``, texts that are blotted out of everything recorded;
    ``count_tokens(request) -> int``, used by ``--dry-run``; ``close()``.
    """

    name: str
    """The provider's name, as registered."""
    model: str

    def complete(self, request: Request) -> Answer:
        """One answer; blocks until it is there."""
        ...
