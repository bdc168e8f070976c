"""What the recorded ablation of a run's best says: how much of the value each change carries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asi_evolve.api.ablate import EVENT, LEFT_OUT


@dataclass(frozen=True, slots=True)
class Effect:
    """One change set back alone."""

    kind: str
    name: str
    before: str
    after: str
    status: str
    value: float | None
    """With the change set back."""
    loss: float | None
    """The reference's value minus that; positive if the change helps. None if either has none."""
    stderr: float | None
    """Standard error of the loss over paired replicates; None for one replicate."""
    error: str
    truncated: bool


@dataclass(frozen=True, slots=True)
class AblationResult:
    """All measurements of one program at one stage."""

    stage: str
    base: str
    reference: float | None
    """The program itself, measured in the same sitting."""
    replicates: int
    effects: tuple[Effect, ...]
    """The most telling first."""
    left_out: tuple[str, ...]
    cpu_s: float
    tier: str
    measured_at: str


def recorded_ablation(
    events: Sequence[Mapping[str, Any]], experiment_id: str | None, tolerance: float = 0.0
) -> AblationResult | None:
    """The ablation of ``experiment_id`` among a run's events; None if its reference was not measured.

    Losses of at most ``tolerance``, and those of the last digits of a float, are no difference.
    """
    mine = [
        event
        for event in events
        if event.get("kind") in (EVENT, LEFT_OUT) and (event.get("data") or {}).get("experiment_id") == experiment_id
    ]
    measured = {event["data"]["program_hash"]: event["data"] for event in mine if event["kind"] == EVENT}
    reference = next((data for data in measured.values() if data["kind"] == "none"), None)
    if reference is None:
        return None
    variants = [data for data in measured.values() if data["kind"] != "none" and data["stage"] == reference["stage"]]
    left_out = [event["data"].get("texts") or [] for event in mine if event["kind"] == LEFT_OUT]
    effects = [_effect(reference, data, tolerance) for data in variants]
    return AblationResult(
        stage=reference["stage"],
        base=reference["base"],
        reference=reference["value"],
        replicates=len(reference["values"]),
        effects=tuple(sorted(effects, key=lambda e: -math.inf if e.loss is None else -e.loss)),
        left_out=tuple(left_out[-1]) if left_out else (),
        cpu_s=sum(data["cpu_s"] for data in measured.values()),
        tier=str(reference["tier"]),
        measured_at=str(next(event["created_at"] for event in mine if event["kind"] == EVENT)),
    )


def _effect(reference: Mapping[str, Any], data: Mapping[str, Any], tolerance: float) -> Effect:
    loss = stderr = None
    if reference["value"] is not None and data["value"] is not None:
        loss = reference["value"] - data["value"]
        if abs(loss) <= max(tolerance, 1e-12 * abs(reference["value"])):
            loss = 0.0
        differences = [
            mine - theirs
            for mine, theirs in zip(reference["values"], data["values"], strict=False)
            if mine is not None and theirs is not None
        ]
        if len(differences) > 1:
            mean = math.fsum(differences) / len(differences)
            spread = math.fsum((d - mean) ** 2 for d in differences) / (len(differences) - 1)
            stderr = math.sqrt(spread / len(differences))
            stderr = stderr if stderr > 1e-12 * abs(reference["value"]) else 0.0
    return Effect(
        kind=data["kind"],
        name=data["name"],
        before=data["before"],
        after=data["after"],
        status=data["status"],
        value=data["value"],
        loss=loss,
        stderr=stderr,
        error=data["error"],
        truncated=bool(data["truncated"]),
    )
