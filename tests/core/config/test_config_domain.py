"""A domain's own settings: types, bounds and errors."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

import pytest
from asi_evolve.config import domain_config, domain_settings
from asi_evolve.domain import Backend, Domain, Objective
from asi_evolve.errors import ConfigError


@dataclass(frozen=True)
class Config:
    problem: Literal["square-26", "square-32"] = "square-26"
    size: Literal["26", "32"] = "26"
    cpu_seconds: float = 5.0
    """Seconds of
    one candidate."""
    depth: int = field(default=2, metadata={"low": 1, "high": 9, "doc": "How deep."})
    verbose: bool = False
    label: str | None = None
    weights: tuple[float, ...] = (1.0,)
    pair: tuple[int, str] = (1, "a")
    shape: list[int] = field(default_factory=list)
    anything: object = None

    def __post_init__(self) -> None:
        if self.label == "bad":
            raise ValueError("label must not be bad")


def domain(config: type | None = Config) -> Domain:
    return Domain("d", "D", "task", Objective("x"), {"numpy": Backend({})}, config=config)


def test_no_keys_give_the_defaults() -> None:
    assert domain_config(domain(), {}) == Config()


def test_values_are_coerced_to_the_declared_types() -> None:
    raw = {
        "problem": "square-32",
        "size": 32,
        "cpu_seconds": 2,
        "depth": 3,
        "verbose": True,
        "label": "x",
        "weights": [1, 2],
        "pair": [2, "b"],
        "shape": [3],
        "anything": {"a": 1},
    }
    made = domain_config(domain(), raw)
    assert made == Config("square-32", "32", 2.0, 3, True, "x", (1.0, 2.0), (2, "b"), [3], {"a": 1})
    assert isinstance(made.cpu_seconds, float)


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ({"cpu_secs": 2}, ["[domain] cpu_secs", "did you mean 'cpu_seconds'", "problem"]),
        ({"problem": "square-23"}, ["[domain] problem", "'square-26', 'square-32'", "did you mean"]),
        ({"cpu_seconds": "x"}, ["[domain] cpu_seconds", "a number", "'x'"]),
        ({"depth": 2.5}, ["[domain] depth", "whole number"]),
        ({"depth": 10}, ["[domain] depth", "from 1 to 9"]),
        ({"depth": True}, ["whole number"]),
        ({"verbose": 1}, ["true or false"]),
        ({"weights": 3}, ["must be a list"]),
        ({"pair": [1]}, ["2 items"]),
        ({"label": "bad"}, ["[domain] label", "must not be bad"]),
    ],
)
def test_a_wrong_key_or_value_is_one_line(raw: dict[str, object], parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        domain_config(domain(), raw)
    for part in parts:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_error_says_where_the_value_was_given() -> None:
    with pytest.raises(ConfigError, match=r"^--set domain\.depth: "):
        domain_config(domain(), {"depth": 0}, {"domain.depth": "--set domain.depth"})


def test_a_domain_without_settings_takes_none() -> None:
    assert domain_config(domain(None), {}) is None
    with pytest.raises(ConfigError, match="no settings"):
        domain_config(domain(None), {"x": 1})


def test_settings_for_people() -> None:
    rows = {row.name: row for row in domain_settings(domain(), Config(depth=3))}
    assert list(rows) == [one.name for one in fields(Config)]
    assert (rows["depth"].value, rows["depth"].default, rows["depth"].accepts) == (3, 2, "a whole number from 1 to 9")
    assert rows["depth"].doc == "How deep."
    assert rows["cpu_seconds"].doc == "Seconds of one candidate."
    assert rows["verbose"].doc == ""
    assert rows["problem"].accepts == "one of square-26, square-32"
    assert rows["label"].accepts == "text or none"
    assert rows["shape"].default == []
    assert domain_settings(domain(None), None) == ()
