"""The language models of a run: chosen, priced and checked before the run begins."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from asi_evolve.budget import Budget, Meter
from asi_evolve.config import RoleSettings, Settings
from asi_evolve.errors import AsiEvolveError, ConfigError, ModelError, PluginError, UsageError, did_you_mean
from asi_evolve.events import LlmCall
from asi_evolve.llm import (
    WRITING,
    Answer,
    CallBook,
    Mix,
    ModelRouter,
    ModelService,
    PaidAnswer,
    Price,
    Provider,
    Usage,
    price_of,
)
from asi_evolve.llm.builtin import DEFAULT
from asi_evolve.llm.scripted import ReplayProvider
from asi_evolve.llm.service import Record
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

    @property
    def given(self) -> str:
        """As the settings name it."""
        return str(self.settings.llm)

    @property
    def resolved(self) -> str:
        """As settings are to name it that hold whatever the default of a later version is."""
        return self.name if self.given == DEFAULT else self.given

    @property
    def cost(self) -> str:
        """Its price, for people."""
        return self.price.words() if self.price is not None else "price not known: costs are not counted"

    def close(self) -> None:
        """Give up the provider's connections."""
        close = getattr(self.provider, "close", None)
        if callable(close):
            with contextlib.suppress(Exception):
                close()


@dataclass(frozen=True, slots=True)
class ChosenModels:
    """The models of a run: one answers everything, but for the roles that have one of their own."""

    main: ChosenModel
    roles: Mapping[str, ChosenModel] = field(default_factory=dict)
    mix: Mapping[str, ChosenModel] = field(default_factory=dict)
    """Who writes programs, as the settings name them, without the weights; empty: the main one alone."""
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """Of the run."""
        return self.main.settings

    @property
    def every(self) -> dict[str, ChosenModel]:
        """Each model once, as the settings name it; the main one first."""
        return {one.given: one for one in (self.main, *self.mix.values(), *self.roles.values())}

    def fill(self, settings: Settings) -> Settings:
        """The settings with the models that defaults stood for, so that a resumed run keeps them."""
        roles = {role: one.resolved for role, one in self.roles.items()}
        mix = tuple(f"{self._named(name)}={self.weights[name]:g}" for name in self.mix)
        return replace(
            settings,
            llm=self.main.resolved,
            roles=replace(settings.roles, **roles),
            mix=replace(settings.mix, models=mix),
        )

    def policy(self) -> Mix | None:
        """Who chooses among the models that write programs; None if there is one."""
        if not self.mix:
            return None
        given = self.settings.mix
        # One of them without a price, or free: dollars would compare nothing.
        priced = all(one.price is not None and one.price.output > 0.0 for one in self.mix.values())
        return Mix(
            weights={self._named(name): weight for name, weight in self.weights.items()},
            policy="bandit" if given.policy == "bandit" else "weighted",
            unit="usd" if priced else "tokens",
            discount=given.discount,
            explore=given.explore,
        )

    def _named(self, name: str) -> str:
        """A model of the mix as it is recorded; a replay keeps the names, whoever answers."""
        return self.mix[name].resolved if name == DEFAULT else name

    def facts(self) -> dict[str, Json]:
        """What the first line of a run says of them."""
        found: dict[str, Json] = {"llm": self.main.name, "price": self.main.cost}
        if self.roles:
            found["roles"] = {role: {"llm": one.name, "price": one.cost} for role, one in self.roles.items()}
        mix = self.policy()
        if mix is not None:
            found["mix"] = {
                "policy": mix.policy,
                "gain_per": mix.unit,
                "models": {self._named(name): one.cost for name, one in self.mix.items()},
            }
        return found

    def service(
        self,
        run_id: str,
        meter: Meter,
        store: Store,
        unfinished: Sequence[Mapping[str, Any]],
        tell: Callable[[LlmCall], None],
    ) -> ModelRouter:
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
                cost = row["cost_usd"] or 0.0
                paid.setdefault(of, []).append(PaidAnswer(row["call_id"], row["role"], answer, about, cost))
        return self._router(run_id, meter, store.add_llm_call, CallBook(paid, numbered), tell)

    def unrecorded(self, run_id: str) -> ModelRouter:
        """Who is asked when a recorded run is made again: nothing is written."""
        done: Future[None] = Future()
        done.set_result(None)
        return self._router(run_id, Meter(Budget()), lambda *_, **__: done, CallBook(), lambda event: None)

    def close(self) -> None:
        """Give up the providers' connections."""
        for chosen in self.every.values():
            chosen.close()

    def _router(
        self, run_id: str, meter: Meter, record: Record, book: CallBook, tell: Callable[[LlmCall], None]
    ) -> ModelRouter:
        secrets = [secret for one in self.every.values() for secret in getattr(one.provider, "secrets", ())]
        services = {
            given: ModelService(run_id, one.provider, one.price, meter, record, tell=tell, book=book, secrets=secrets)
            for given, one in self.every.items()
        }
        return ModelRouter(
            services[self.main.given],
            {role: services[one.given] for role, one in self.roles.items()},
            {self._named(name): services[one.given] for name, one in self.mix.items()},
        )


def choose_models(settings: Settings, plugins: Plugins) -> ChosenModels:
    """The models that the settings name.

    Raises:
        UsageError: As :func:`choose_model`, for any of them; the message names the role.
    """
    weights = _weights(settings.mix.models) if settings.proposer.name == "llm" else {}
    if weights and settings.llm is None:
        settings = replace(settings, llm=next(iter(weights)))
    main = choose_model(settings, plugins)
    made = {main.given: main}
    mix: dict[str, ChosenModel] = {}
    for given in weights:
        if given not in made:
            made[given] = _further(settings, plugins, main, given, "mix.models")
        mix[given] = made[given]
    roles: dict[str, ChosenModel] = {}
    for key in fields(RoleSettings):
        given = getattr(settings.roles, key.name)
        if given is not None:
            if given not in made:
                made[given] = _further(settings, plugins, main, given, f"roles.{key.name}")
            roles[key.name] = made[given]
    return ChosenModels(main, roles, mix, weights)


def _weights(entries: Sequence[str]) -> dict[str, float]:
    """``mix.models`` as model -> weight; 1 where none is given."""
    found: dict[str, float] = {}
    for entry in entries:
        name, equals, weight = entry.rpartition("=")
        try:
            value = float(weight) if equals else 1.0
        except ValueError:
            name, value = entry, 1.0  # the equals sign is one of a file's name
        name = (name if equals else entry).strip()
        if not name or not 0.0 < value < math.inf:
            raise ConfigError(
                f"mix.models: {entry!r} must have the form PROVIDER:MODEL or PROVIDER:MODEL=WEIGHT, the weight above 0"
            )
        if name in found:
            raise ConfigError(f"mix.models: {name!r} is there twice; give it one weight")
        found[name] = value
    return found


def _further(settings: Settings, plugins: Plugins, main: ChosenModel, name: str, key: str) -> ChosenModel:
    """A model beside the main one: keys and addresses are those of its own provider."""
    given = settings.model
    if isinstance(main.provider, ReplayProvider) and key == "mix.models":
        # The recorded answers are those of all models that wrote programs. Its price says what the gain was counted in.
        priced = replace(given, price_input=None, price_output=None)
        provider, _, model = name.partition(":")
        return replace(main, price=price_of(provider, model, replace(settings, model=priced)))
    same = name.partition(":")[0] == main.provider.name
    own = replace(
        given,
        base_url=_address(given.base_urls, name) or (given.base_url if same else None),
        key_variable=given.key_variable if same else None,
        price_input=None,
        price_output=None,
        price_cache_read=None,
        price_cache_write=None,
    )
    try:
        return choose_model(replace(settings, llm=name, model=own), plugins)
    except UsageError as error:
        raise type(error)(f"{key}: {error}") from None


def _address(entries: Sequence[str], name: str) -> str | None:
    """The entry of ``model.base_urls`` for a model, or for its provider."""
    found: dict[str, str] = {}
    for entry in entries:
        whose, _, address = entry.partition("=")
        if not whose.strip() or not address.strip():
            raise ConfigError(
                "model.base_urls: an entry must have the form PROVIDER=ADDRESS or PROVIDER:MODEL=ADDRESS, for example "
                "openai=http://localhost:8000/v1"
            )
        found[whose.strip()] = address.strip()
    return found.get(name) or found.get(name.partition(":")[0])


def analyst(settings: Settings) -> str:
    """Who writes the reports: ``rules`` or ``llm``; empty if nobody does."""
    if not settings.analyzer.enabled:
        return ""
    if settings.analyzer.name == "auto":
        return "llm" if settings.proposer.name == "llm" else "rules"
    return settings.analyzer.name


def uses_model(settings: Settings) -> bool:
    """Whether a run with these settings asks a language model."""
    asked = settings.judge.enabled or settings.checks.opinion or (settings.novelty.enabled and settings.novelty.model)
    return settings.proposer.name == "llm" or analyst(settings) == "llm" or asked


def recorded_service(provider: Provider, run_id: str, store: Store) -> ModelService:
    """Who gives answers that cost nothing, and are recorded."""
    return ModelService(run_id, provider, None, Meter(Budget()), store.add_llm_call)


def unrecorded_service(provider: Provider, run_id: str) -> ModelService:
    """Who gives answers that are recorded already."""
    done: Future[None] = Future()
    done.set_result(None)
    return ModelService(run_id, provider, None, Meter(Budget()), lambda *_, **__: done)


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


def estimate(models: ChosenModels, proposer: object, rounds: int) -> dict[str, Json]:
    """What a run may cost, from its first prompt."""
    model = models.main
    # Each answer may need a second one.
    settings = model.settings
    reports = rounds * (2 * (analyst(settings) == "llm") + 4 * settings.judge.enabled)
    looks = 2 * (settings.checks.opinion + (settings.novelty.enabled and settings.novelty.model))
    if not isinstance(proposer, LlmProposer):
        return {**models.facts(), "model": model.name, "model_calls_at_most": reports + looks * rounds * 4}
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
    programs = rounds * options.attempts * (1 + options.debug_attempts)
    calls = programs * (2 + looks) + reports
    # Of several writers the dearest.
    prices = [one.price for one in (models.mix.values() or [model])]
    known = [price.most(tokens, request.max_tokens) for price in prices if price is not None]
    most = max(known) if len(known) == len(prices) else None
    usd = model.settings.budget.usd
    ceilings = [value for value in (None if most is None else calls * most, usd) if value is not None]
    return {
        "model": model.name,
        "price": model.cost,
        **{key: value for key, value in models.facts().items() if key in ("roles", "mix")},
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
    made = replayed(run_id, rows)
    if made is None:
        raise ConfigError(f"--llm replay:{run}: run {run_id} has no recorded answers of a model")
    return made


def replayed(run_id: str, rows: Sequence[Mapping[str, Any]]) -> ReplayProvider | None:
    """The recorded answers of a run, to be given again; None if there are none."""
    answers: dict[str, list[tuple[str, str, Answer | str]]] = {}
    models = []
    last = {row["experiment_id"]: row["call_id"] for row in sorted(rows, key=_number)}
    asked = {_question(row): row["call_id"] for row in sorted(rows, key=_number)}
    for row in sorted(rows, key=_number):
        answer = _answer(row)
        # A failure ends its round. Where another question follows, a resume made the round again and got over it.
        # One that asked for an opinion ends none: it counts unless the same was asked again.
        digest = str((row["request"] or {}).get("digest", ""))
        final = row["call_id"] == last[row["experiment_id"]] or (
            row["role"] not in WRITING and asked[_question(row)] == row["call_id"]
        )
        if row["experiment_id"] and (answer is not None or final):
            given = answer if answer is not None else str(row["error"])
            name = row["experiment_id"].removeprefix(f"{run_id}.")
            answers.setdefault(name, []).append((row["role"], digest, given))
        if answer is not None:
            models.append(str(row["model"]))
    return ReplayProvider(models[0], answers) if models else None


def _question(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Whose question it was, in which role, and its hash."""
    return str(row["experiment_id"]), str(row["role"]), str((row["request"] or {}).get("digest", ""))


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
