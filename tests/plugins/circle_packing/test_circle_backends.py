"""The relaxations in PyTorch and JAX do what the numpy one does, to 1e-9 in double precision."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from asi_evolve_circle_packing.programs import blocks

PAIRS = [
    (backend, block.name)
    for backend in ("torch", "jax")
    for block in blocks(backend)
    if block.slot == "relax" and block.name.endswith(backend)
]


def test_circle_both_backends_have_batched_relaxations() -> None:
    assert {backend for backend, _ in PAIRS} == {"torch", "jax"}


@pytest.mark.parametrize(("backend", "name"), PAIRS)
def test_circle_backend_equals_numpy(backend: str, name: str, load: Callable[..., ModuleType]) -> None:
    pytest.importorskip(backend, reason=f"{backend} is not installed (extra {backend})")
    rng = np.random.default_rng(11)
    layouts, radii = rng.uniform(0.05, 0.95, (5, 21, 2)), np.full((5, 21), 0.05)
    ours = load({"relax": name.removesuffix(f"_{backend}")}).relax(layouts, radii, 1.0, rng)
    theirs = load({"relax": name}, backend=backend).relax(layouts, radii, 1.0, rng)
    for expected, got in zip(ours, theirs, strict=True):
        assert isinstance(got, np.ndarray)
        assert got.dtype == np.float64
        assert np.abs(expected - got).max() < 1e-9


@pytest.mark.parametrize(("backend", "name"), PAIRS)
def test_circle_backend_program_packs(backend: str, name: str, load: Callable[..., ModuleType]) -> None:
    pytest.importorskip(backend, reason=f"{backend} is not installed (extra {backend})")
    module = load({"relax": name, "initial_layout": "random_uniform", "refine": "slsqp_near"}, backend=backend)
    budget = type("Budget", (), {"cpu_s": 1.0})
    centers, radii = module.pack(10, budget, np.random.default_rng(0))
    assert centers.shape == (10, 2)
    assert radii.sum() > 1.4
