"""The language model of a run: chosen, priced and checked before the run begins."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asi_evolve.budget import Budget, Meter
from asi_evolve.config import Settings
from asi_evolve.errors import AsiEvolveError, ConfigError, ModelError, PluginError, did_you_mean
from asi_evolve.events import LlmCall
from asi_evolve.llm import Answer, ModelService, PaidAnswer, Price, Provider, Usage, price_of
from asi_evolve.llm.builtin import DEFAULT
from asi_evolve.llm.scripted import ReplayProvider
from asi_evolve.plugins import Plugins
from asi_evolve.proposers.llm import LlmProposer
from asi_evolve.records import Json
from asi_evolve.store import Store, open_reader


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """A provider, ready to be asked, and what it costs."""

    provider: Provider
    price: Price | None
    settings: Settings

    @property
    def name(self) -> str:
        """``PROVIDER:MODEL``."""
        return f"{self.provider.name}:{self.provider.model}"

    def facts(self) -> dict[str, Json]:
        """What the first line of a run says of it."""
        return {
            "llm": self.name,
            "price": self.price.words() if self.price is not None else "price not known: costs are not counted",
        }

    def service(
        self,
        run_id: str,
        meter: Meter,
        store: Store,
        unfinished: Sequence[Mapping[str, Any]],
        tell: Callable[[LlmCall], None],
    ) -> ModelService:
        """Who the run asks.

        Args:
            run_id: The run.
            meter: Its budget.
            store: Where calls are recorded.
            unfinished: Rows of ``llm_calls`` whose round is not recorded: their answers are used before any new one is
                asked for.
            tell: Told of each call.
        """
        paid: dict[str, list[PaidAnswer]] = {}
        numbered: dict[str, int] = {}
        for row in sorted(unfinished, key=_number):
            of = str(row["experiment_id"])
            numbered[of] = max(numbered.get(of, 0), _number(row) + 1)
            answer = _answer(row)
            if answer is not None:
                about = (row["request"] or {}).get("about") or {}
                paid.setdefault(of, []).append(PaidAnswer(row["call_id"], row["role"], answer, about))
        return ModelService(
            run_id, self.provider, self.price, meter, store.add_llm_call, tell=tell, paid=paid, numbered=numbered
        )

    def unrecorded(self, run_id: str) -> ModelService:
        """Who is asked when a recorded run is made again: nothing is written."""
        done: Future[None] = Future()
        done.set_result(None)
        return ModelService(run_id, self.provider, self.price, Meter(Budget()), lambda *_, **__: done)

    def close(self) -> None:
        """Give up the provider's connections."""
        close = getattr(self.provider, "close", None)
        if callable(close):
            with contextlib.suppress(Exception):
                close()


def analyst(settings: Settings) -> str:
    """Who writes the reports: ``rules`` or ``llm``; empty if nobody does."""
    if not settings.analyzer.enabled:
        return ""
    if settings.analyzer.name == "auto":
        return "llm" if settings.proposer.name == "llm" else "rules"
    return settings.analyzer.name


def uses_model(settings: Settings) -> bool:
    """Whether a run with these settings asks a language model."""
    return settings.proposer.name == "llm" or analyst(settings) == "llm"


def choose_model(settings: Settings, plugins: Plugins) -> ChosenModel:
    """The model that the settings name.

    Raises:
        UsageError: If there is no such provider, it has no key, or a ceiling in dollars cannot be kept for want of a
            price.
    """
    settings = settings if settings.llm else replace(settings, llm=DEFAULT)
    name, _, rest = str(settings.llm).partition(":")
    if name == "replay":
        provider: Provider = _replay(settings, rest)
    else:
        known = [*plugins.llms, "replay"]
        if name not in plugins.llms:
            raise ConfigError(
                f"--llm {settings.llm}: there is no provider {name!r}{did_you_mean(name, known)}; there is "
                f"{', '.join(known)}; write PROVIDER:MODEL"
            )
        provider = _made(settings, plugins, name)
    price = price_of(name, provider.model, settings)
    if price is None and settings.budget.usd is not None:
        raise ConfigError(
            f"--budget-usd: the price of {name}:{provider.model} is not known, so no ceiling in dollars can be kept; "
            "set model.price_input and model.price_output (US dollars per million tokens), or use --budget-tokens"
        )
    return ChosenModel(provider, price, settings)


def estimate(model: ChosenModel, proposer: object, rounds: int) -> dict[str, Json]:
    """What a run may cost, from its first prompt."""
    reports = 2 * rounds if analyst(model.settings) == "llm" else 0  # each may need a second answer
    if not isinstance(proposer, LlmProposer):
        return {"model": model.name, "price": model.facts()["price"], "model_calls_at_most": reports}
    request = proposer.first_request()
    count = getattr(model.provider, "count_tokens", None)
    tokens, how = -(-(request.most_input_tokens()) // 4), "estimated: bytes divided by four"
    if callable(count):
        try:
            tokens, how = int(count(request)), f"counted by {model.provider.name}"
        except ModelError as error:
            how = f"{how}; {error}"
    options = proposer.options
    # Each program may need a second answer; a failed execution may be mended by as many programs again.
    calls = rounds * options.attempts * 2 * (1 + options.debug_attempts) + reports
    price = model.price
    most = price.most(tokens, request.max_tokens) if price is not None else None
    usd = model.settings.budget.usd
    ceilings = [value for value in (None if most is None else calls * most, usd) if value is not None]
    return {
        "model": model.name,
        "price": model.facts()["price"],
        "first_prompt_tokens": tokens,
        "first_prompt_tokens_are": how,
        "answer_tokens_at_most": request.max_tokens,
        "model_calls_at_most": calls,
        "usd_for_one_call_at_most": most,
        "usd_with_such_prompts_at_most": min(ceilings) if ceilings else None,
        "budget_usd": usd,
        "budget_tokens": model.settings.budget.tokens,
    }


def _made(settings: Settings, plugins: Plugins, name: str) -> Provider:
    try:
        provider = plugins.llms[name](settings)
    except AsiEvolveError:
        raise
    except Exception as error:
        raise PluginError(f"the llm {name!r}: its factory raised {type(error).__name__}: {error}") from error
    for member, wanted in (("name", str), ("model", str)):
        if not isinstance(getattr(provider, member, None), wanted):
            raise PluginError(f"the llm {name!r}: its factory returned a provider without a text `{member}`")
    if not callable(getattr(provider, "complete", None)):
        raise PluginError(f"the llm {name!r}: its factory returned a provider without complete(request)")
    made: Provider = provider
    return made


def _replay(settings: Settings, run: str) -> ReplayProvider:
    path = Path(settings.store.db)
    if not run:
        raise ConfigError("--llm replay: name the run whose answers are given again, for example --llm replay:7d0835")
    if not path.exists():
        raise ConfigError(f"--llm replay:{run}: there is no database {path}; give the one of that run with --db")
    with open_reader(path) as reader:
        run_id = reader.resolve_run(run)
        rows = reader.llm_calls(run_id)
    answers: dict[str, list[tuple[str, Answer | str]]] = {}
    models = []
    last = {row["experiment_id"]: row["call_id"] for row in sorted(rows, key=_number)}
    for row in sorted(rows, key=_number):
        answer = _answer(row)
        # A failure ends its round. Where another question follows, a resume made the round again and got over it.
        if row["experiment_id"] and (answer is not None or row["call_id"] == last[row["experiment_id"]]):
            digest = str((row["request"] or {}).get("digest", ""))
            given = answer if answer is not None else str(row["error"])
            answers.setdefault(row["experiment_id"].removeprefix(f"{run_id}."), []).append((digest, given))
        if answer is not None:
            models.append(str(row["model"]))
    if not models:
        raise ConfigError(f"--llm replay:{run}: run {run_id} has no recorded answers of a model")
    return ReplayProvider(models[0], answers)


def _number(row: Mapping[str, Any]) -> int:
    """Place of a call within its experiment, from its id (``RUN.12.c3``)."""
    last = str(row["call_id"]).rpartition(".c")[2]
    return int(last) if last.isdecimal() else 0


def _answer(row: Mapping[str, Any]) -> Answer | None:
    """The answer in a recorded call; None if there was none."""
    response = row["response"]
    if row["status"] != "ok" or not isinstance(response, dict) or not isinstance(response.get("text"), str):
        return None
    return Answer(
        text=response["text"],
        usage=Usage(row["input_tokens"], row["output_tokens"], row["cached_tokens"], response.get("written_tokens", 0)),
        stop=response.get("stop", "other"),
        model=str(response.get("model", "")),
        request_id=str(response.get("request_id", "")),
        retries=int(response.get("retries", 0)),
        note=str(response.get("note", "")),
    )
