"""Models behind an OpenAI-compatible endpoint (OpenAI, vLLM, llama.cpp, Ollama, ...), through the SDK of OpenAI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asi_evolve.config import Settings
from asi_evolve.errors import MissingExtraError, install_hint
from asi_evolve.llm.bounds import bounded_client
from asi_evolve.llm.protocol import Answer, Request, Stop, Usage
from asi_evolve.llm.wire import NO_KEY, api_key, body, call, count, model_name, text_of
from asi_evolve.records import Json

_STOPS: dict[str, Stop] = {"stop": "end", "length": "length", "content_filter": "refusal"}


class OpenAIProvider:
    """The Chat Completions API. Retries are the SDK's own.

    Args:
        model: As the endpoint names it.
        key: Sent as a bearer token.
        base_url: None means the provider's own.
        timeout_s: Seconds for one request.
        retries: Requests that are made again after a failure.
        structured: Ask for the JSON schema of the answer; some local servers do not know how.
    """

    name = "openai"

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
        try:
            import openai
        except ImportError:
            raise MissingExtraError(f"--llm openai needs the package openai: {install_hint('openai')}") from None

        self.model = model
        self.secrets = (key,) if key != NO_KEY else ()
        self._sdk: Any = openai
        self._retries = retries
        self._structured = structured
        # Endpoints of others know the older name of this parameter; OpenAI's newer models refuse it.
        self._limit = "max_completion_tokens" if base_url is None else "max_tokens"
        self._client = openai.OpenAI(
            api_key=key,
            base_url=base_url,
            timeout=timeout_s,
            max_retries=retries,
            default_headers={"Accept-Encoding": "identity"},
            http_client=bounded_client(openai.DefaultHttpx2Client, timeout_s),
        )

    def complete(self, request: Request) -> Answer:
        """One answer."""
        arguments: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": request.system},
                *({"role": message.role, "content": message.text} for message in request.messages),
            ],
            self._limit: request.max_tokens,
        }
        if request.schema is not None and self._structured:
            arguments["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": dict(request.schema), "strict": True},
            }
        create: Callable[..., Any] = self._client.chat.completions.with_raw_response.create
        response = call(self._sdk, self.name, lambda: create(**arguments), self._retries, self.secrets)
        return _answer(body(self.name, response), int(response.retries_taken))

    def close(self) -> None:
        """Give the connections up."""
        self._client.close()


def _answer(completion: dict[str, Json], retries: int) -> Answer:
    choices = completion.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    usage = completion.get("usage")
    details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
    stop = _STOPS.get(text_of(choice.get("finish_reason")), "other")
    refusal = text_of(message.get("refusal"))
    note = ""
    if refusal or stop == "refusal":
        stop = "refusal"
        note = "the model declined" + (f": {refusal}" if refusal else "")
    return Answer(
        text=text_of(message.get("content")),
        usage=Usage(
            count(usage, "prompt_tokens"), count(usage, "completion_tokens"), count(details, "cached_tokens"), 0
        ),
        stop=stop,
        model=text_of(completion.get("model")),
        request_id=text_of(completion.get("id")),
        retries=retries,
        note=" ".join(note.split()),
    )


def make(settings: Settings) -> OpenAIProvider:
    """The factory of ``register_llms``."""
    chosen = settings.model
    return OpenAIProvider(
        model_name(settings),
        key=api_key(settings, "OPENAI_API_KEY"),
        base_url=chosen.base_url,
        timeout_s=chosen.timeout_s,
        retries=chosen.retries,
        structured=chosen.structured,
    )
