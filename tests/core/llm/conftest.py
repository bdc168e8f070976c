"""A key in the environment, and short waits between retries."""

from __future__ import annotations

import pytest
from llm_runs import KEY


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a response there is no header that says how long to wait."""
    import anthropic._base_client
    import openai._base_client

    for module in (anthropic._base_client, openai._base_client):
        monkeypatch.setattr(module, "INITIAL_RETRY_DELAY", 0.01)
        monkeypatch.setattr(module, "MAX_RETRY_DELAY", 0.02)
