"""Each form of the recurrence against the definition, in double precision, values and gradients."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra arch_search)")

from asi_evolve_arch_search.kernels import causal_conv, chunkwise, recurrent, softmax_attention  # noqa: E402

#: Name -> (decay: channels of it or 0, delta rule).
FORMS = {
    "linear": (0, False),
    "ssd": (1, False),
    "gla": (2, False),
    "delta": (0, True),
    "gated_delta": (1, True),
    "channel_gated_delta": (2, True),
}


def make(form: str, length: int, *, correlation: float = 0.0, dtype: Any = torch.float64) -> dict[str, Any]:
    decays, delta = FORMS[form]
    draw = torch.Generator().manual_seed(length)
    q, k, v = (torch.randn(2, length, 3, width, generator=draw, dtype=torch.float64) for width in (8, 8, 5))
    shared = torch.randn(1, 1, 3, 8, generator=draw, dtype=torch.float64)
    k = (1.0 - correlation) ** 0.5 * k + correlation**0.5 * shared
    k = torch.nn.functional.normalize(k, dim=-1)
    args = {"q": q, "k": k, "v": v}
    if decays:
        size = (2, length, 3) if decays == 1 else (2, length, 3, 8)
        args["log_decay"] = -torch.rand(size, generator=draw, dtype=torch.float64)
    if delta:
        args["beta"] = torch.rand(2, length, 3, generator=draw, dtype=torch.float64)
    args["state"] = torch.randn(2, 3, 8, 5, generator=draw, dtype=torch.float64)
    return {name: value.to(dtype) for name, value in args.items()}


def values_and_gradients(function: Any, args: dict[str, Any], **options: Any) -> list[Any]:
    leaves = {name: value.clone().requires_grad_() for name, value in args.items()}
    out, state = function(**leaves, **options)
    weights = torch.linspace(-1.0, 1.0, out.numel(), dtype=out.dtype).view_as(out)
    ((out * weights).sum() + state.square().sum()).backward()
    return [out.detach(), state.detach(), *(leaf.grad for leaf in leaves.values())]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("length", "chunk"), [(1, 4), (7, 16), (37, 8), (48, 16)])
def test_chunks_compute_the_recurrence_with_its_gradients(form: str, length: int, chunk: int) -> None:
    args = make(form, length)
    expected = values_and_gradients(recurrent, args)
    got = values_and_gradients(chunkwise, args, chunk=chunk)
    for one, other in zip(expected, got, strict=True):
        assert torch.isfinite(other).all()
        assert (one - other).abs().max() < 1e-10


@pytest.mark.parametrize("form", ["delta", "gated_delta", "channel_gated_delta"])
@pytest.mark.parametrize("correlation", [0.5, 0.9, 1.0])
def test_keys_that_resemble_each_other_cost_no_digits_in_single_precision(form: str, correlation: float) -> None:
    exact, _ = recurrent(**make(form, 130, correlation=correlation))
    single, _ = chunkwise(**make(form, 130, correlation=correlation, dtype=torch.float32), chunk=64)
    assert (exact - single.double()).abs().max() < 1e-4 * exact.abs().max()


@pytest.mark.parametrize("form", FORMS)
def test_a_sequence_may_be_cut_in_two(form: str) -> None:
    args = make(form, 29)
    whole, last = chunkwise(**args, chunk=8)
    state = args.pop("state")
    first, state = chunkwise(**{n: x[:, :13] for n, x in args.items()}, state=state, chunk=8)
    second, state = chunkwise(**{n: x[:, 13:] for n, x in args.items()}, state=state, chunk=8)
    assert (torch.cat([first, second], dim=1) - whole).abs().max() < 1e-10
    assert (state - last).abs().max() < 1e-10


def test_a_strong_decay_gives_no_infinite_gradient() -> None:
    args = make("channel_gated_delta", 40)
    args["log_decay"] = args["log_decay"] * 2000.0
    for tensor in values_and_gradients(chunkwise, args, chunk=16):
        assert torch.isfinite(tensor).all()


def test_the_delta_rule_replaces_what_it_held_for_a_key() -> None:
    key = torch.zeros(1, 2, 1, 4, dtype=torch.float64)
    key[..., 0] = 1.0
    value = torch.tensor([[[[3.0, 1.0]], [[-1.0, 2.0]]]], dtype=torch.float64)
    ones = torch.ones(1, 2, 1, dtype=torch.float64)
    replaced, _ = chunkwise(key * 2.0, key, value, beta=ones)
    added, _ = chunkwise(key * 2.0, key, value)
    assert torch.equal(replaced[0, :, 0], value[0, :, 0])
    assert torch.equal(added[0, 1, 0], value.sum(dim=1)[0, 0])


def test_nothing_in_gives_nothing_out() -> None:
    for function in (recurrent, chunkwise):
        args = make("gated_delta", 4)
        state = args.pop("state")
        out, after = function(**{n: x[:, :0] for n, x in args.items()}, state=state)
        assert out.shape == (2, 0, 3, 5)
        assert torch.equal(after, state)


def test_softmax_attention_is_a_weighted_mean_of_the_past() -> None:
    args = make("linear", 9)
    q, k, v = args["q"], args["k"], args["v"]
    got = softmax_attention(q, k, v)
    for t in range(9):
        scores = torch.einsum("bhk,bjhk->bhj", q[:, t], k[:, : t + 1]) * 8**-0.5
        row = torch.einsum("bhj,bjhv->bhv", scores.softmax(dim=-1), v[:, : t + 1])
        assert (row - got[:, t]).abs().max() < 1e-10


def test_convolution_looks_back_only() -> None:
    x = torch.arange(1.0, 6.0).view(1, 5, 1)
    out = causal_conv(x, torch.tensor([[100.0, 10.0, 1.0]]))
    assert out.flatten().tolist() == [1.0, 12.0, 123.0, 234.0, 345.0]
