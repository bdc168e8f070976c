"""Models of Anthropic, through its SDK (which takes a second to import, so it is imported when a run begins)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asi_evolve.config import Settings
from asi_evolve.llm.bounds import bounded_client
from asi_evolve.llm.protocol import Answer, Request, Stop, Usage
from asi_evolve.llm.wire import NO_KEY, api_key, body, call, count, model_name, text_of
from asi_evolve.records import Json

#: The model of ``--llm anthropic``, chosen in November 2026.
DEFAULT_MODEL = "claude-sonnet-5-5"

_STOPS: dict[str, Stop] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


class AnthropicProvider:
    """The Messages API. The system text is marked for the prompt cache.

    Retries (overloaded, rate limits with their ``retry-after``, timeouts, connections) are the SDK's own.
    """

    name = "anthropic"

    def __init__(
        self,
        model: str,
        *,
        key: str,
        base_url: str | None = None,
        timeout_s: float = 900.0,
        retries: int = 4,
        structured: bool = True,
    ) -> None:
        import anthropic

        self.model = model
        self.secrets = (key,) if key != NO_KEY else ()
        self._sdk = anthropic
        self._retries = retries
        self._structured = structured
        self._client = anthropic.Anthropic(
            api_key=key,
            base_url=base_url,
            timeout=timeout_s,
            max_retries=retries,
            default_headers={"Accept-Encoding": "identity"},
            http_client=bounded_client(anthropic.DefaultHttpxClient, timeout_s),
        )

    def complete(self, request: Request) -> Answer:
        """One answer."""
        create: Callable[..., Any] = self._client.messages.with_raw_response.create
        response = call(
            self._sdk,
            self.name,
            lambda: create(max_tokens=request.max_tokens, **self._arguments(request)),
            self._retries,
            self.secrets,
        )
        return _answer(body(self.name, response), int(response.retries_taken))

    def count_tokens(self, request: Request) -> int:
        """Tokens of the prompt, as the provider counts them. Free of charge, but a request."""
        counted: Callable[..., Any] = self._client.messages.count_tokens
        response = call(self._sdk, self.name, lambda: counted(**self._arguments(request)), self._retries, self.secrets)
        return int(response.input_tokens)

    def close(self) -> None:
        """Give the connections up."""
        self._client.close()

    def _arguments(self, request: Request) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": self.model,
            "system": [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": message.role, "content": message.text} for message in request.messages],
        }
        if request.schema is not None and self._structured:
            arguments["output_config"] = {"format": {"type": "json_schema", "schema": dict(request.schema)}}
        return arguments


def _answer(message: dict[str, Json], retries: int) -> Answer:
    blocks = message.get("content")
    texts = [
        text_of(block.get("text"))
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict) and block.get("type") == "text"
    ]
    usage = message.get("usage")
    read, written = count(usage, "cache_read_input_tokens"), count(usage, "cache_creation_input_tokens")
    details = message.get("stop_details")
    reason = text_of(message.get("stop_reason"))
    note = ""
    if reason == "refusal":
        said = text_of(details.get("explanation")) if isinstance(details, dict) else ""
        note = "the model declined" + (f": {said}" if said else "")
    return Answer(
        text="".join(texts),
        # The SDK's input_tokens are those that neither came from the cache nor went into it.
        usage=Usage(count(usage, "input_tokens") + read + written, count(usage, "output_tokens"), read, written),
        stop=_STOPS.get(reason, "other"),
        model=text_of(message.get("model")),
        request_id=text_of(message.get("id")),
        retries=retries,
        note=note,
    )


def make(settings: Settings) -> AnthropicProvider:
    """The factory of ``register_llms``."""
    chosen = settings.model
    return AnthropicProvider(
        model_name(settings, DEFAULT_MODEL),
        key=api_key(settings, "ANTHROPIC_API_KEY"),
        base_url=chosen.base_url,
        timeout_s=chosen.timeout_s,
        retries=chosen.retries,
        structured=chosen.structured,
    )
