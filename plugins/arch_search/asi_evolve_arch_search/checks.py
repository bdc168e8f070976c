"""Executed checks: the parent chooses the inputs, the jail computes, the parent compares.

What only code beside the candidate can know (operations, gradients, what was changed in the library) is taken from the
jail: it catches mistakes, and cheats that do not reach into the harness. A gain that rests on looking ahead does not
pass the score either way: there the answers never enter the jail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from asi_evolve import Check, Limits, Verdict
from numpy.typing import NDArray

D_MODEL, HEADS = 64, 2
#: Relative difference of two outputs that ought to be equal; single precision gives about 1e-6.
TOLERANCE = 1e-3
#: Longest a chunk may be for a leak within it to be seen by a length just below a multiple of it.
LENGTH = 97
#: Growth of the work that further rows add, as a power of the length: 1 is linear, 2 quadratic.
MOST_GROWTH = 1.25
#: Multiples of every usual chunk.
LENGTHS = (512, 1024, 2048)
VOCABULARY = 256

Outputs = Mapping[str, Any]
Judge = Callable[[Outputs], Verdict]


def _base(rng: np.random.Generator, do: str) -> dict[str, Any]:
    return {"do": do, "seed": int(rng.integers(2**31)), "d_model": D_MODEL, "heads": HEADS}


def _normal(rng: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    return rng.standard_normal(shape).astype(np.float32)


def _array(outputs: Outputs, name: str, shape: tuple[int, ...]) -> NDArray[np.float32] | str:
    """The array, or what is wrong with it."""
    value = outputs.get(name)
    if not isinstance(value, np.ndarray):
        return f"{name} is missing"
    if value.shape != shape:
        return f"the output has shape {list(value.shape[1:])}, not {list(shape[1:])} like the input"
    if value.dtype != np.float32:
        return f"the output is {value.dtype}, not float32 like the input"
    if not np.isfinite(value).all():
        return f"the output of {list(shape[1:])} has {int((~np.isfinite(value)).sum())} numbers that are not finite"
    return value


def _apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Largest difference, in units of the typical size."""
    return float(np.abs(one - other).max() / (np.sqrt(np.square(one).mean()) + 1e-12))


# --- contract: shape, dtype, finite, repeatable, batch entries apart, library untouched -------------------------------

_SHAPES = ((2, 1), (2, 5), (4, 33), (2, 64), (2, LENGTH))


def contract_inputs(rng: np.random.Generator) -> dict[str, Any]:
    """Sequences of several lengths; then the third one with its batch in reverse order, and its first entry alone."""
    out = _base(rng, "outputs")
    for i, (batch, length) in enumerate(_SHAPES):
        out[f"x{i}"] = _normal(rng, batch, length, D_MODEL)
    out["x5"], out["x6"] = out["x2"][::-1].copy(), out["x2"][:1].copy()
    return out


def judge_contract(outputs: Outputs) -> Verdict:
    """Shapes, dtype, finite numbers; the same again; nothing shared between batch entries; the library untouched."""
    shapes = (*_SHAPES, _SHAPES[2], (1, _SHAPES[2][1]))
    found = {}
    for i, (batch, length) in enumerate(shapes):
        got = _array(outputs, f"y{i}", (2, batch, length, D_MODEL))
        if isinstance(got, str):
            return Verdict("contract", False, got)
        found[i] = got
    again = _array(outputs, "again", found[0].shape)
    if isinstance(again, str) or _apart(found[0], again) > TOLERANCE:
        return Verdict("contract", False, "the same input gives another output the second time: it keeps a state")
    apart = max(_apart(found[2], found[5][:, ::-1]), _apart(found[2][:, :1], found[6]))
    if apart > TOLERANCE:
        return Verdict("contract", False, f"an entry's output depends on the rest of its batch: {apart:.2g} apart")
    modes = max(_apart(got[0], got[1]) for got in found.values())
    if modes > TOLERANCE:
        return Verdict("contract", False, f"training and evaluation mode differ: {modes:.2g} apart")
    changed = outputs.get("changed")
    if changed:
        return Verdict("contract", False, f"it changes the library: {', '.join(map(str, changed))}"[:200])
    return Verdict("contract", True, details={"modes_apart": modes, "batch_apart": apart})


# --- causality --------------------------------------------------------------------------------------------------------

#: Rows from which on the input is replaced; none is at a chunk's boundary, where a leak within chunks cannot be seen.
CUTS = (1, 7, 21, 45, 51, 75, 90)


def causality_inputs(rng: np.random.Generator) -> dict[str, Any]:
    """One sequence; copies of it with another, larger end; and its beginnings alone."""
    out = _base(rng, "outputs")
    whole = _normal(rng, 2, LENGTH, D_MODEL)
    out["x0"] = whole
    for i, cut in enumerate(CUTS, start=1):
        other = whole.copy()
        other[:, cut:] = 3.0 * _normal(rng, 2, LENGTH - cut, D_MODEL)
        out[f"x{i}"] = other
        out[f"x{i + len(CUTS)}"] = whole[:, :cut].copy()
    return out


def judge_causality(outputs: Outputs) -> Verdict:
    """Rows before the cut are the same whatever follows, and also if nothing follows; in both modes."""
    whole = _array(outputs, "y0", (2, 2, LENGTH, D_MODEL))
    if isinstance(whole, str):
        return Verdict("causality", False, whole)
    worst = 0.0
    for i, cut in enumerate(CUTS, start=1):
        for name, length, what in (
            (f"y{i}", LENGTH, "on what follows it"),
            (f"y{i + len(CUTS)}", cut, "on how long the sequence is"),
        ):
            other = _array(outputs, name, (2, 2, length, D_MODEL))
            if isinstance(other, str):
                return Verdict("causality", False, other)
            apart = _apart(whole[:, :, :cut], other[:, :, :cut])
            worst = max(worst, apart)
            if not apart <= TOLERANCE:
                rows = np.abs(whole[:, :, :cut] - other[:, :, :cut]).max(axis=(0, 1, 3))
                row = int(np.argmax(rows > TOLERANCE * np.sqrt(np.square(whole).mean())))
                text = f"not causal: row {row} depends {what} (input replaced from row {cut} on, {apart:.2g} apart)"
                return Verdict("causality", False, text)
    return Verdict("causality", True, details={"apart": worst})


# --- work -------------------------------------------------------------------------------------------------------------


def work_inputs(rng: np.random.Generator) -> dict[str, Any]:
    """Three lengths, each twice the one before."""
    return _base(rng, "work") | {"lengths": list(LENGTHS)}


def judge_work(outputs: Outputs) -> Verdict:
    """The power of the length with which added work grows is at most :data:`MOST_GROWTH`.

    Differences between lengths are compared, not the lengths themselves: a small quadratic part is then not hidden by a
    large constant one. ``n log n`` gives about 1.1.
    """
    growths: dict[str, float] = {}
    for name in ("flops", "elements"):
        value = outputs.get(name)
        if not isinstance(value, np.ndarray) or value.shape != (3,) or not (np.isfinite(value) & (value >= 0)).all():
            return Verdict("work", False, f"{name} were not counted")
        if value[0] < value[1] < value[2]:
            growths[name] = float(np.log2((value[2] - value[1]) / (value[1] - value[0])))
    worst = max(growths, key=lambda name: growths[name], default="")
    if not worst:
        return Verdict("work", False, "the work does not grow with the length: rows are left out")
    shown = f"{worst} grow with length to the power {growths[worst]:.2f}"
    if growths[worst] > MOST_GROWTH:
        return Verdict("work", False, f"{shown}; at most {MOST_GROWTH} is allowed (1 is linear, 2 quadratic)")
    return Verdict("work", True, shown, details=growths)


# --- gradients --------------------------------------------------------------------------------------------------------


def gradients_inputs(rng: np.random.Generator) -> dict[str, Any]:
    """A sequence, and the weights of a linear loss on the output."""
    shape = (2, LENGTH, D_MODEL)
    return _base(rng, "gradients") | {"x0": _normal(rng, *shape), "weights": _normal(rng, *shape)}


def judge_gradients(outputs: Outputs) -> Verdict:
    """Every parameter has a finite gradient that is not zero."""
    norms, names = outputs.get("norms"), outputs.get("names")
    if not isinstance(norms, np.ndarray) or not isinstance(names, list) or norms.shape != (len(names),):
        return Verdict("gradients", False, "no gradients came back")
    for name, norm in zip(names, norms, strict=True):
        if not np.isfinite(norm):
            return Verdict("gradients", False, f"the gradient of {name} is {norm}")
        if norm == 0.0:
            return Verdict("gradients", False, f"the parameter {name} has no effect: its gradient is 0")
    return Verdict("gradients", True, details={"parameters": outputs.get("parameters")})


# --- start: the untrained model ---------------------------------------------------------------------------------------


def start_inputs(rng: np.random.Generator, shape: Mapping[str, int]) -> dict[str, Any]:
    """Random bytes for a model of the size in ``shape``."""
    tokens = rng.integers(0, VOCABULARY, size=(2, 64)).astype(np.int16)
    return _base(rng, "start") | {"tokens": tokens, "vocabulary": VOCABULARY, "shape": dict(shape)}


def judge_start(outputs: Outputs) -> Verdict:
    """The parameters fit, and the untrained model knows nothing: its entropy is near that of a uniform guess."""
    if "refused" in outputs:
        return Verdict("start", False, str(outputs["refused"])[:200])
    logits = _array({"y": outputs.get("logits")}, "y", (2, 64, VOCABULARY))
    if isinstance(logits, str):
        return Verdict("start", False, f"untrained model: {logits}")
    wide = logits.astype(np.float64)
    logp = wide - np.logaddexp.reduce(wide, axis=-1, keepdims=True)
    entropy = float(-(np.exp(logp) * logp).sum(axis=-1).mean())
    expected = float(np.log(VOCABULARY))
    if entropy < 0.9 * expected:
        text = f"the untrained model is sure of itself: entropy {entropy:.2f} nats, {expected:.2f} is none the wiser"
        return Verdict("start", False, text)
    return Verdict("start", True, details={"entropy": entropy, "parameters": outputs.get("parameters")})


def checks(shape: Mapping[str, int]) -> tuple[Check, ...]:
    """All checks, the cheapest first, for models of the size in ``shape``."""
    limits = Limits(wall_s=300.0, cpu_s=30.0, memory_mb=2048)
    return (
        Check("contract", contract_inputs, judge_contract, limits),
        Check("causality", causality_inputs, judge_causality, limits),
        Check("gradients", gradients_inputs, judge_gradients, limits),
        Check("start", lambda rng: start_inputs(rng, shape), judge_start, limits),
        Check("work", work_inputs, judge_work, limits),
    )
