"""What the jail computes for the executed checks. It judges nothing: raw outputs go back, on inputs the parent chose.

Parameters are drawn anew before most probes: gates that start at zero would hide what is behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from asi_evolve_arch_search.model import Shape, build, count

#: Taken when this module is loaded, which is before any candidate is.
_LIBRARY = {id(space): dict(vars(space)) for space in (torch, functional, nn, nn.Module, Tensor)}
_SPACES = {"torch": torch, "torch.nn.functional": functional, "torch.nn": nn, "Module": nn.Module, "Tensor": Tensor}


def mixer(candidate: Any, inputs: Mapping[str, Any], *, redraw: bool = True) -> nn.Module:
    """One mixer of the size in ``inputs``; each parameter moved by a draw of its own if ``redraw``."""
    torch.manual_seed(int(inputs["seed"]))
    made: nn.Module = candidate.Mixer(int(inputs["d_model"]), int(inputs["heads"]))
    if redraw:
        draw = torch.Generator().manual_seed(int(inputs["seed"]))
        with torch.no_grad():
            for parameter in made.parameters():
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=draw))
    return made


def outputs(candidate: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """``y0``, ``y1``, ...: the mixer's outputs for ``x0``, ``x1``, ... in training and in evaluation mode.

    Each is [2, ...]: the mode is the first axis. ``again`` repeats the first input at the end.
    """
    made = mixer(candidate, inputs)
    names = sorted((name for name in inputs if name[0] == "x" and name[1:].isdigit()), key=lambda name: int(name[1:]))
    out: dict[str, Any] = {}
    with torch.no_grad():
        for name in names:
            out[f"y{name[1:]}"] = _both(made, inputs[name])
        out["again"] = _both(made, inputs[names[0]])
    out["changed"] = _changed()
    return out


def gradients(candidate: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Names of the mixer's parameters, and the norm of each one's gradient for a fixed loss; its parameter count."""
    made = mixer(candidate, inputs)
    x = torch.from_numpy(inputs["x0"])
    (made(x) * torch.from_numpy(inputs["weights"])).sum().backward()
    named = dict(made.named_parameters())
    norms = [0.0 if p.grad is None else float(p.grad.norm()) for p in named.values()]
    return {"names": list(named), "norms": np.array(norms, dtype=np.float64), "parameters": count(made)}


def start(candidate: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Logits [B, T, V] of the untrained model for ``tokens``, and its sizes."""
    shape = Shape(vocabulary=int(inputs["vocabulary"]), **inputs["shape"])
    try:
        model = build(candidate, shape, int(inputs["seed"]))
    except ValueError as error:
        return {"refused": str(error)}
    with torch.no_grad():
        logits = model.logits(model(torch.from_numpy(inputs["tokens"].astype(np.int64))))
    return {"logits": logits.numpy(), "parameters": count(model), "hidden": model.hidden}


def work(candidate: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """For each length: floating-point operations of products, and elements written by all operations together."""
    made = mixer(candidate, inputs)
    flops, elements = [], []
    for length in inputs["lengths"]:
        tally = _Tally()
        with torch.no_grad(), tally:
            made(torch.zeros(1, int(length), int(inputs["d_model"])))
        flops.append(float(tally.flops))
        elements.append(float(tally.elements))
    return {"flops": np.array(flops), "elements": np.array(elements)}


class _Tally(TorchDispatchMode):
    """Counts the floating-point operations of products, and the elements of every operation's results."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0
        self.elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else (result,):
            if isinstance(tensor, Tensor):
                self.elements += tensor.numel()
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.flops += int(formula(*args, **(kwargs or {}), out_val=result))
        return result


def _both(made: nn.Module, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """[2, ...]: in training mode, then in evaluation mode; an output that is no float tensor goes back as it is."""
    results = [made.train(mode)(torch.from_numpy(x.copy())) for mode in (True, False)]
    for result in results:
        if not isinstance(result, Tensor):
            raise TypeError(f"the mixer returned {type(result).__name__}, not a tensor")
    both: np.ndarray[Any, Any] = torch.stack(results).numpy()
    return both


def _changed() -> list[str]:
    """What the candidate left changed outside itself."""
    found = [
        f"{label}.{name}"
        for label, space in _SPACES.items()
        for name, value in _LIBRARY[id(space)].items()
        if not name.startswith("__") and not _same(vars(space).get(name), value)
    ]
    if torch.get_default_dtype() is not torch.float32:
        found.append("the default dtype")
    return found[:5]


def _same(now: Any, before: Any) -> bool:
    """PyTorch itself wraps some of its functions when its compiler is first loaded; that is no change."""
    return now is before or getattr(now, "__wrapped__", None) is before


PROBES: dict[str, Callable[[Any, Mapping[str, Any]], dict[str, Any]]] = {
    "outputs": outputs,
    "gradients": gradients,
    "start": start,
    "work": work,
}
