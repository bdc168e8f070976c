"""The providers that ship, as a plugin like any other."""

from __future__ import annotations

from typing import Any

from asi_evolve.config import Settings
from asi_evolve.hookspecs import Register, hookimpl

#: The provider of ``--proposer llm`` without ``--llm``.
DEFAULT = "anthropic"


class Models:
    """Registers ``anthropic``, ``openai`` and ``mock``. (``replay`` reads the database and is made by the run.)"""

    @hookimpl
    def register_llms(self, register: Register) -> None:
        """Each factory imports its SDK when it is called."""
        register("anthropic", _anthropic)
        register("openai", _openai)
        register("mock", _mock)


def _anthropic(settings: Settings) -> Any:
    from asi_evolve.llm.anthropic import make

    return make(settings)


def _openai(settings: Settings) -> Any:
    from asi_evolve.llm.openai import make

    return make(settings)


def _mock(settings: Settings) -> Any:
    from asi_evolve.llm.scripted import make_mock

    return make_mock(settings)
