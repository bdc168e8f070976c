"""Asks the model of a run: within the budget, recorded before the answer is used, never paid twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TypeAlias

from asi_evolve.budget import Meter
from asi_evolve.errors import AsiEvolveError, ModelError
from asi_evolve.events import LlmCall
from asi_evolve.llm.book import CallBook
from asi_evolve.llm.prices import Price
from asi_evolve.llm.protocol import Answer, Provider, Request, Usage
from asi_evolve.llm.wire import MOST_TOKENS, blotted
from asi_evolve.records import Json

#: Most characters of a model's name and of a provider's note in the record.
_NAME, _NOTE = 200, 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer with what belongs to it."""

    call_id: str
    answer: Answer
    cost_usd: float
    """What was paid for it now: nothing, if ``reused``."""
    reused: bool
    """It was paid for before the round was cut off, and was not asked for again."""
    about: Mapping[str, Json]
    """What the request was about, as it was recorded: of the first time, if ``reused``."""
    charged_usd: float = 0.0
    """What it cost, now or the first time."""


#: Queues one row of ``llm_calls`` (``Store.add_llm_call``); the future is done after its COMMIT.
Record: TypeAlias = Callable[..., Future[None]]


class ModelService:
    """One model of a run. Thread-safe.

    Args:
        run_id: The run.
        provider: Who answers.
        price: Of its tokens; None if it is not known: then costs count as nothing.
        meter: The budget. The most that an answer may cost is set aside before the question is asked.
        record: Writes a call. Its answer is used after the COMMIT only.
        tell: Told of each call that is recorded.
        book: The questions of the run, shared by its models.
        secrets: Keys of the run's other models: they are blotted out too.
    """

    def __init__(
        self,
        run_id: str,
        provider: Provider,
        price: Price | None,
        meter: Meter,
        record: Record,
        *,
        tell: Callable[[LlmCall], None] = lambda event: None,
        book: CallBook | None = None,
        secrets: Iterable[str] = (),
    ) -> None:
        self.provider = provider
        self.price = price
        self._run_id = run_id
        self._meter = meter
        self._record = record
        self._tell = tell
        self._book = book if book is not None else CallBook()
        known = {secret for secret in (*getattr(provider, "secrets", ()), *secrets) if secret}
        self._secrets = tuple(sorted(known, key=lambda secret: (-len(secret), secret)))

    def ask(self, experiment_id: str, role: str, request: Request, about: Mapping[str, Json]) -> Asked:
        """One answer for an experiment.

        Args:
            experiment_id: Whose question it is.
            role: What for; see :data:`asi_evolve.llm.router.ROLES`.
            request: The question.
            about: What it is about, in JSON values; recorded with it.

        Raises:
            BudgetReached: If the answer may cost more than is left.
            ModelError: If there is no answer. The failure is recorded.
        """
        known = self._book.take(experiment_id, role, about)
        if known is not None:
            return Asked(known.call_id, known.answer, 0.0, True, known.about, known.cost_usd)
        call_id = self._book.number(experiment_id)
        most_in = request.most_input_tokens()
        most_usd = self.price.most(most_in, request.max_tokens) if self.price is not None else 0.0
        hold = self._meter.hold(usd=most_usd, tokens=most_in + request.max_tokens)
        started = time.monotonic()
        spent_usd, spent_tokens = 0.0, 0
        try:
            try:
                answer = self.provider.complete(request)
                if not isinstance(answer, Answer):
                    raise ModelError(f"provider {self.provider.name}: complete() returned {type(answer).__name__}")
                # What is used is what is recorded.
                answer = self._clean_answer(answer)
            except Exception as error:
                self._failed(call_id, experiment_id, role, request, about, error, time.monotonic() - started)
                if isinstance(error, AsiEvolveError):
                    raise type(error)(self._clean(str(error))) from None
                raise ModelError(
                    self._clean(f"provider {self.provider.name}: {_words(error, self._secrets)}")
                ) from None
            spent_usd = self.price.cost(answer.usage) if self.price is not None else 0.0
            spent_tokens = answer.usage.input_tokens + answer.usage.output_tokens
            self._answered(call_id, experiment_id, role, request, about, answer, spent_usd, time.monotonic() - started)
        finally:
            self._meter.settle(hold, usd=spent_usd, tokens=spent_tokens)
        return Asked(call_id, answer, spent_usd, False, about, spent_usd)

    def _answered(
        self,
        call_id: str,
        experiment_id: str,
        role: str,
        request: Request,
        about: Mapping[str, Json],
        answer: Answer,
        cost_usd: float,
        latency_s: float,
    ) -> None:
        usage = answer.usage
        response = {
            "text": answer.text,
            "stop": answer.stop,
            "model": answer.model,
            "request_id": answer.request_id,
            "retries": answer.retries,
            "written_tokens": usage.written_tokens,
            "note": answer.note,
        }
        self._write(
            call_id, experiment_id, role, request, about, "ok", answer.note, latency_s, usage, cost_usd, response
        )
        self._tell(
            LlmCall(
                self._run_id,
                experiment_id,
                role,
                self.provider.model,
                usage.input_tokens,
                usage.output_tokens,
                cost_usd,
            )
        )

    def _failed(
        self,
        call_id: str,
        experiment_id: str,
        role: str,
        request: Request,
        about: Mapping[str, Json],
        error: Exception,
        latency_s: float,
    ) -> None:
        text = str(error) if isinstance(error, AsiEvolveError) else _words(error, self._secrets)
        self._write(call_id, experiment_id, role, request, about, "error", text, latency_s, Usage(), 0.0, None)
        self._tell(LlmCall(self._run_id, experiment_id, role, self.provider.model, 0, 0, 0.0))

    def _write(
        self,
        call_id: str,
        experiment_id: str,
        role: str,
        request: Request,
        about: Mapping[str, Json],
        status: str,
        error: str,
        latency_s: float,
        usage: Usage,
        cost_usd: float,
        response: Json,
    ) -> None:
        """Record a call and wait for the COMMIT: what was paid for is on disk before anything is made of it."""
        asked = {**request.to_json(), "digest": request.digest(), "about": dict(about)}
        self._record(
            self._run_id,
            experiment_id,
            role,
            self.provider.model,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_tokens=usage.cached_tokens,
            cost_usd=cost_usd,
            latency_s=latency_s,
            provider=self.provider.name,
            status=status,
            error=self._clean(" ".join(error.split())),
            request=self._clean_json(asked),
            response=response,
            call_id=call_id,
        ).result()

    def _clean_answer(self, answer: Answer) -> Answer:
        """As it is used and recorded: without keys and halves of characters, with numbers that can be added up."""
        return replace(
            answer,
            text=_whole(self._clean(answer.text)),
            usage=_sane(answer.usage),
            model=_whole(self._clean(answer.model))[:_NAME],
            request_id=_whole(self._clean(answer.request_id))[:_NAME],
            note=_whole(self._clean(answer.note))[:_NOTE],
        )

    def _clean(self, text: str) -> str:
        return blotted(text, self._secrets)

    def _clean_json(self, value: Json) -> Json:
        if not self._secrets:
            return value
        if isinstance(value, str):
            return self._clean(value)
        if isinstance(value, Mapping):
            return {key: self._clean_json(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._clean_json(item) for item in value]
        return value


def _words(error: Exception, secrets: Sequence[str]) -> str:
    return " ".join(blotted(f"{type(error).__name__}: {error}", secrets).split())[:1000]


def _whole(text: str) -> str:
    """Without halves of characters, which JSON can hold and neither a request nor a file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _sane(usage: Usage) -> Usage:
    """Tokens as whole numbers from 0 to what is believed; those of the cache are among those that went in."""

    def number(value: object, most: int) -> int:
        return min(max(0, value), most) if isinstance(value, int) and not isinstance(value, bool) else 0

    tokens = number(usage.input_tokens, MOST_TOKENS)
    cached = number(usage.cached_tokens, tokens)
    return Usage(
        tokens, number(usage.output_tokens, MOST_TOKENS), cached, number(usage.written_tokens, tokens - cached)
    )
