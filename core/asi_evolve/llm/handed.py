"""Gives the one answer that somebody has handed in, as a model would have given it."""

from __future__ import annotations

from asi_evolve.errors import ModelError
from asi_evolve.llm.protocol import Answer, Request, Usage

#: Name of the provider of answers that were handed in.
AGENT = "agent"


class HandedIn:
    """A provider with one answer, of which the author is known. What it cost its author is not: it counts as nothing.

    Args:
        author: Who wrote the answer; recorded as the model.
        text: The answer.
    """

    name = AGENT

    def __init__(self, author: str, text: str) -> None:
        self.model = author
        self._text: str | None = text

    def complete(self, request: Request) -> Answer:
        """The answer, once.

        Raises:
            ModelError: At the second question.
        """
        if self._text is None:
            raise ModelError(f"{self.model} handed in one answer, and another one was asked for")
        text, self._text = self._text, None
        return Answer(text, Usage(), "end", self.model)
