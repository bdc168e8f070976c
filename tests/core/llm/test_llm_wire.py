"""The real SDKs over a real socket: what they send, what comes back, and every way in which it can go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asi_evolve.errors import AsiEvolveError, ModelError, ModelUnavailableError
from asi_evolve.llm import Answer, Message, Request
from asi_evolve.llm.anthropic import AnthropicProvider
from asi_evolve.llm.openai import OpenAIProvider
from wire_server import Reply, Script, WireServer

KEY = "sk-test-0123456789"
REQUEST = Request("Stable rules.", (Message("user", "Do it."),), 500, {"type": "object", "properties": {}})


@pytest.fixture(params=["anthropic", "openai"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def connect(kind: str) -> Iterator[Any]:
    opened: list[Any] = []

    def make(script: Script, **options: Any) -> tuple[WireServer, Any]:
        server = WireServer(script)
        options = {"key": KEY, "timeout_s": 60.0, "retries": 3, **options}
        provider: Any
        if kind == "anthropic":
            provider = AnthropicProvider("m", base_url=server.url, **options)
        else:
            provider = OpenAIProvider("m", base_url=f"{server.url}/v1", **options)
        opened.extend((provider, server))
        return server, provider

    yield make
    for one in opened:
        one.close() if hasattr(one, "close") else one.__exit__()


def failure(provider: Any) -> AsiEvolveError:
    with pytest.raises(ModelError) as caught:
        provider.complete(REQUEST)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_an_answer_with_its_usage(connect: Any, kind: str) -> None:
    server, provider = connect([Reply("Hello.", tokens=(1000, 20, 600, 50))])
    answer: Answer = provider.complete(REQUEST)
    assert answer.text == "Hello."
    assert answer.stop == "end"
    assert answer.model == "m-served"
    assert answer.request_id in ("msg_0", "chatcmpl_0")
    usage = answer.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (1000, 20, 600)
    assert usage.written_tokens == (50 if kind == "anthropic" else 0)
    assert server.keys == {KEY}
    assert answer.retries == 0


def test_what_is_sent(connect: Any, kind: str) -> None:
    server, provider = connect([Reply("x")] * 2)
    provider.complete(REQUEST)
    (sent,) = server.requests
    if kind == "anthropic":
        assert server.paths == ["/v1/messages"]
        assert sent == {
            "model": "m",
            "max_tokens": 500,
            "system": [{"type": "text", "text": "Stable rules.", "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": "Do it."}],
            "output_config": {"format": {"type": "json_schema", "schema": REQUEST.schema}},
        }
    else:
        assert server.paths == ["/v1/chat/completions"]
        assert sent["messages"] == [
            {"role": "system", "content": "Stable rules."},
            {"role": "user", "content": "Do it."},
        ]
        assert sent["max_tokens"] == 500
        assert sent["response_format"]["json_schema"]["schema"] == REQUEST.schema


def test_without_structure_no_schema_is_sent(connect: Any) -> None:
    server, provider = connect([Reply("x")], structured=False)
    provider.complete(REQUEST)
    assert {"output_config", "response_format"}.isdisjoint(server.requests[0])


@pytest.mark.parametrize(
    "fault",
    [
        Reply(status=429, headers={"retry-after-ms": "20"}),
        Reply(status=429, headers={"retry-after": "0.02"}),
        Reply(status=500),
        Reply(status=529),
        Reply(reset=True),
        Reply("half", cut=True),
    ],
    ids=["rate", "rate-seconds", "internal", "overloaded", "reset", "cut"],
)
def test_a_passing_fault_is_tried_again_and_counted(connect: Any, fault: Reply) -> None:
    server, provider = connect([fault, fault, Reply("At last.")])
    answer = provider.complete(REQUEST)
    assert answer.text == "At last."
    assert answer.retries == 2
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Reply(status=429), ["status 429: injected", "after 3 retries"]),
        (Reply(status=500), ["status 500", "after 3 retries"]),
        (Reply(status=529, message="Overloaded"), ["status 529: Overloaded", "after 3 retries"]),
        (Reply(reset=True), ["connection failed", "after 3 retries"]),
        (Reply("half", cut=True), ["connection failed", "after 3 retries"]),
    ],
    ids=["rate", "internal", "overloaded", "reset", "cut"],
)
def test_a_lasting_fault_ends_after_the_retries(connect: Any, fault: Reply, words: list[str]) -> None:
    server, provider = connect([fault] * 9)
    error = failure(provider)
    assert not isinstance(error, ModelUnavailableError)
    for word in words:
        assert word in str(error)
    assert len(server.requests) == 4


def test_a_timeout(connect: Any) -> None:
    _, provider = connect(lambda body, number: Reply("late", wait_s=60.0), timeout_s=0.5, retries=1)
    text = str(failure(provider))
    assert "no answer in time (after 1 retries)" in text
    assert "may charge" in text


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_cannot_get_better_is_not_tried_again(connect: Any, status: int) -> None:
    server, provider = connect([Reply(status=status, message=f"bad key {KEY[:6]}")])
    error = failure(provider)
    assert isinstance(error, ModelUnavailableError)
    assert f"status {status}" in str(error)
    assert len(server.requests) == 1


def test_a_bad_request_is_not_tried_again_but_another_may_be_good(connect: Any) -> None:
    server, provider = connect([Reply(status=400, message="prompt is too long")])
    error = failure(provider)
    assert not isinstance(error, ModelUnavailableError)
    assert "status 400: prompt is too long" in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"id": "x", "content": [', "not JSON"),
        (b"", "not JSON"),
        (b'{"text": "\xff\xfe"}', "not UTF-8"),
        (b"[]", "a JSON list"),
        (b'"text"', "a JSON str"),
        (b"[" * 200_000, "nested too deeply"),
    ],
    ids=["cut", "empty", "utf8", "list", "string", "deep"],
)
def test_a_body_that_is_not_an_answer(connect: Any, raw: bytes, words: str) -> None:
    _, provider = connect([Reply(raw=raw)])
    assert words in str(failure(provider))


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"content": 3, "usage": [], "stop_reason": {}, "choices": {}, "id": 5, "model": null}',
        b'{"content": [3, {"type": "text"}, {"type": "text", "text": 4}], "choices": [3]}',
        b'{"usage": {"input_tokens": -5, "output_tokens": "x", "prompt_tokens": true}, "choices": [{"message": []}]}',
    ],
)
def test_an_answer_with_parts_missing_is_an_empty_one(connect: Any, raw: bytes) -> None:
    _, provider = connect([Reply(raw=raw)])
    answer = provider.complete(REQUEST)
    assert answer.text == ""
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (0, 0)


def test_empty_content(connect: Any) -> None:
    _, provider = connect([Reply("")])
    assert provider.complete(REQUEST).text == ""


def test_why_it_stopped(connect: Any, kind: str) -> None:
    length = "max_tokens" if kind == "anthropic" else "length"
    refused = "refusal" if kind == "anthropic" else "content_filter"
    _, provider = connect(
        [Reply("half", stop=length), Reply("", stop=refused), Reply("", stop="refusal"), Reply("", stop="?")]
    )
    stops = [provider.complete(REQUEST) for _ in range(4)]
    assert [answer.stop for answer in stops] == ["length", "refusal", "refusal", "other"]
    assert stops[2].note == "the model declined: not this"


def test_tokens_are_counted_by_the_provider_where_it_can() -> None:
    with WireServer([]) as server:
        provider = AnthropicProvider("m", key=KEY, base_url=server.url)
        assert provider.count_tokens(REQUEST) == 4321
        provider.close()
