"""Each executed check catches the fault that it is for, and refuses no known layer."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra arch_search)")

from asi_evolve import Verdict  # noqa: E402
from asi_evolve_arch_search.checks import checks  # noqa: E402
from asi_evolve_arch_search.declaration import SHAPE  # noqa: E402
from asi_evolve_arch_search.harness import run  # noqa: E402
from asi_evolve_arch_search.programs import KNOWN, assemble, attention_source, blocks, seed_source  # noqa: E402


def changed(old: str, new: str) -> str:
    """The frame with one piece of text replaced, which must be there once."""
    text = seed_source()
    assert text.count(old) == 1, old
    return text.replace(old, new)


def load(source: str) -> Any:
    """The program as a module; only ours are ever loaded so."""
    module = types.ModuleType("candidate")
    exec(compile(source, "candidate", "exec"), module.__dict__)
    return module


RETURN = "        return self.output(x, self.router(x, paths))"


def verdicts(source: str, only: str = "") -> dict[str, Verdict]:
    """The checks on a program of ours, beside the harness but without the sandbox."""
    torch.set_num_threads(1)
    made = checks(SHAPE)
    out = {}
    for check, rng in zip(made, np.random.default_rng(3).spawn(len(made)), strict=True):
        if only in ("", check.name):
            outputs: Mapping[str, Any] = run(load(source), check.inputs(rng), check.limits, rng, lambda _: None)
            out[check.name] = check.judge(outputs)
    return out


def refused(source: str) -> set[str]:
    return {name for name, verdict in verdicts(source).items() if not verdict.passed}


FAULTS = {
    "looks one step ahead": (
        changed(RETURN, RETURN + " + 0.1 * torch.roll(x, -1, dims=1)"),
        "causality",
    ),
    "looks ahead within chunks of 16": (
        changed(
            RETURN,
            "        pad = -x.shape[1] % 16\n"
            "        parts = functional.pad(x, (0, 0, 0, pad)).unflatten(1, (-1, 16))\n"
            "        leak = parts.mean(dim=2, keepdim=True).expand_as(parts).flatten(1, 2)[:, : x.shape[1]]\n"
            + RETURN
            + " + 0.05 * leak",
        ),
        "causality",
    ),
    "is scaled by the whole sequence": (changed(RETURN, RETURN + " / (1.0 + x.abs().mean())"), "causality"),
    "looks ahead in evaluation mode only": (
        changed(RETURN, RETURN + " + (0.0 if self.training else 0.1) * x.mean(dim=1, keepdim=True)"),
        "causality",
    ),
    "differs between the modes": (
        changed(RETURN, RETURN + " * (1.0 if self.training else 1.1)"),
        "contract",
    ),
    "drops a row": (changed(RETURN, RETURN + "[:, 1:]"), "contract"),
    "returns double precision": (changed(RETURN, RETURN + ".double()"), "contract"),
    "gives NaN": (changed(RETURN, RETURN + " / (x.shape[1] - 33)"), "contract"),
    "mixes the batch": (changed(RETURN, RETURN + " - 0.1 * x.mean(dim=0, keepdim=True)"), "contract"),
    "remembers calls": (
        changed(RETURN, "        self.calls = getattr(self, 'calls', 0) + 1\n" + RETURN + " * self.calls"),
        "contract",
    ),
    "draws at random": (changed(RETURN, RETURN + " + 0.1 * torch.randn_like(x)"), "contract"),
    "has a parameter without effect": (
        changed("        self.heads = heads\n", "        self.heads = heads\n        self.idle = nn.Linear(4, 4)\n"),
        "gradients",
    ),
    "is too large": (
        changed("        self.heads = heads\n", "        self.heads = heads\n        self.big = nn.Linear(1024, 64)\n"),
        "start",
    ),
    "is quadratic in products": (
        changed(RETURN, RETURN + " + 0.01 * torch.tril(x @ x.transpose(1, 2)) @ x"),
        "work",
    ),
    "is quadratic without a product": (
        changed(
            RETURN,
            "        apart = (x[:, :, None, 0] - x[:, None, :, 0]).tril().sum(dim=2)\n"
            + RETURN
            + " + apart[..., None]",
        ),
        "work",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught_by_the_check_that_it_is_for(fault: str) -> None:
    source, expected = FAULTS[fault]
    assert not verdicts(source, expected)[expected].passed


def test_softmax_attention_is_refused_for_its_work() -> None:
    verdict = verdicts(attention_source(), "work")["work"]
    assert not verdict.passed
    assert "to the power" in verdict.message


@pytest.mark.parametrize("name", KNOWN)
def test_no_known_layer_is_refused(name: str) -> None:
    assert refused(assemble(KNOWN[name])) == set()


@pytest.mark.slow
@pytest.mark.parametrize(("slot", "name"), [(block.slot, block.name) for block in blocks()])
def test_no_block_is_refused_in_the_frame(slot: str, name: str) -> None:
    choice = {slot: name}
    if slot == "Router":
        choice["Paths"] = "four_paths"
    assert refused(assemble(choice)) == set()


@pytest.mark.parametrize("nothing", [{}, {"y0": 3}, {"norms": None, "names": [1]}, {"flops": np.zeros(2)}])
def test_answers_that_are_wrong_in_every_way_are_verdicts(nothing: Mapping[str, Any]) -> None:
    for check in checks(SHAPE):
        verdict = check.judge(nothing)
        assert not verdict.passed
        assert verdict.message


def test_a_program_that_changes_the_library_is_named() -> None:
    from torch.nn import functional

    kept = functional.gelu
    source = changed("class Mixer(nn.Module)", "functional.gelu = functional.relu\n\n\nclass Mixer(nn.Module)")
    try:
        verdict = verdicts(source, "contract")["contract"]
    finally:
        functional.gelu = kept
    assert "torch.nn.functional.gelu" in verdict.message
