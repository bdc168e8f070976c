"""Sequence mixers: layers in place of attention, trained inside small language models.

The hooks of the plugin, and nothing else: what they do is in the modules that they call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from asi_evolve import Candidate, Domain, Execution, RunContext, Score, hookimpl

if TYPE_CHECKING:
    import click


@hookimpl
def domain() -> Domain:
    """The domain with its default settings; ``Domain.configure`` gives it for others."""
    from asi_evolve_arch_search.declaration import Config, configure

    return configure(Config())


@hookimpl
def inputs(context: RunContext, stage: str, replicate: int, seed: int) -> tuple[Mapping[str, Any], Any]:
    """Batches and questions are public; the scorer is told the answers."""
    from asi_evolve_arch_search.data import read_text
    from asi_evolve_arch_search.data import replicate as make
    from asi_evolve_arch_search.declaration import SHAPE, plans

    config = context.config
    text = read_text(config.text) if config.text else None
    return make(plans(config)[stage], dict(SHAPE), config.recall_task, text, seed + 1_000_003 * config.data_seed)


@hookimpl
def score(context: RunContext, candidate: Candidate, execution: Execution, hidden: Any) -> Score:
    """Accuracy of recall and bits per byte, from logits."""
    from asi_evolve_arch_search.scoring import score_models

    source = candidate.files.get(candidate.entry, "")
    return score_models(execution.outputs, hidden, source=source, cpu_s=execution.cpu_s)


@hookimpl
def register_commands(cli: click.Group) -> None:
    """``asievolve --plugin arch_search check FILE``."""
    from asi_evolve_arch_search.commands import check

    cli.add_command(check)
