"""What tokens cost: dated defaults, overridden by the settings ``model.price_*``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asi_evolve.config import Settings
from asi_evolve.errors import ConfigError
from asi_evolve.llm.protocol import Usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    as_of: str
    """When and where it was read, or ``settings``."""

    @staticmethod
    def of(input: float, output: float, as_of: str) -> Price:
        """With the usual factors for the provider's cache: a tenth to read, a quarter more to write."""
        return Price(input, output, 0.1 * input, 1.25 * input, as_of)

    def cost(self, usage: Usage) -> float:
        """US dollars for one request."""
        fresh = max(0, usage.input_tokens - usage.cached_tokens - usage.written_tokens)
        dollars = (
            fresh * self.input
            + usage.cached_tokens * self.cache_read
            + usage.written_tokens * self.cache_write
            + usage.output_tokens * self.output
        )
        return dollars / _MILLION

    def most(self, input_tokens: int, output_tokens: int) -> float:
        """US dollars that a request of at most so many tokens can cost."""
        dearest = max(self.input, self.cache_read, self.cache_write)
        return (input_tokens * dearest + output_tokens * self.output) / _MILLION

    def words(self) -> str:
        """For people: ``2 USD in, 10 USD out per million tokens, as of 2026-11``."""
        if not (self.input or self.output):
            return f"no charge, {self.as_of}"
        return f"{self.input:g} USD in, {self.output:g} USD out per million tokens, {self.as_of}"


_NOW = "as of 2026-11"
_OLDER = "as of 2026-03"

#: List prices of models by name, with the month in which they were read. Prices change: settings override them.
#: Source of the newer ones: platform.claude.com, "Models & pricing"; of the older ones: published price lists.
PRICES: Mapping[str, Price] = {
    "claude-fable-5-1": Price.of(10.0, 50.0, _NOW),
    "claude-opus-5-5": Price.of(4.0, 20.0, _NOW),
    "claude-sonnet-5-5": Price.of(2.0, 10.0, _NOW),
    "claude-opus-5": Price.of(5.0, 25.0, _NOW),
    "claude-opus-4-6": Price.of(5.0, 25.0, _OLDER),
    "claude-sonnet-4-6": Price.of(3.0, 15.0, _OLDER),
    "claude-opus-4-5": Price.of(5.0, 25.0, _OLDER),
    "claude-sonnet-4-5": Price.of(3.0, 15.0, _OLDER),
    "claude-haiku-4-5": Price.of(1.0, 5.0, _OLDER),
}

#: Providers that never charge.
_FREE = ("mock", "replay")


def price_of(provider: str, model: str, settings: Settings) -> Price | None:
    """The price of a model: from the settings, else the dated default; None if it is not known.

    Raises:
        ConfigError: If only one of ``model.price_input`` and ``model.price_output`` is set, or an entry of
            ``model.prices`` is malformed.
    """
    given = settings.model
    listed = _listed(given.prices).get(f"{provider}:{model}")
    if listed is not None:
        return listed
    if given.price_input is not None and given.price_output is not None:
        usual = Price.of(given.price_input, given.price_output, "from the settings")
        return Price(
            usual.input,
            usual.output,
            usual.cache_read if given.price_cache_read is None else given.price_cache_read,
            usual.cache_write if given.price_cache_write is None else given.price_cache_write,
            usual.as_of,
        )
    if given.price_input is not None or given.price_output is not None:
        missing = "model.price_output" if given.price_output is None else "model.price_input"
        raise ConfigError(f"{missing}: both prices are needed, in US dollars per million tokens; set it too")
    if provider in _FREE:
        return Price(0.0, 0.0, 0.0, 0.0, "nothing is sent")
    if given.base_url is not None:
        # Somebody else's endpoint may give a model of the same name at another price.
        return None
    return PRICES.get(model)


def _listed(entries: Sequence[str]) -> dict[str, Price]:
    """``model.prices`` by model."""
    found: dict[str, Price] = {}
    for entry in entries:
        name, _, amounts = entry.rpartition("=")
        try:
            first, second = (float(amount) for amount in amounts.split("/"))
            if not name or not all(0.0 <= amount < math.inf for amount in (first, second)):
                raise ValueError
        except ValueError:
            raise ConfigError(
                f"model.prices: {entry!r} must have the form PROVIDER:MODEL=INPUT/OUTPUT, in US dollars per million "
                "tokens, for example openai:my-model=0.5/1.5"
            ) from None
        found[name.strip()] = Price.of(first, second, "from the settings")
    return found
