"""The whole plugin surface.

A round goes: sample, recall, **propose**, check, **execute**, **score**, promote, **analyze**, record. The hooks
in bold can be implemented by the domain; ``None`` means "use the default". The smallest domain is ``domain``
and ``score``. Implementations may leave out parameters that they do not need, must not give defaults to the
others, and are plain functions (not ``async``). They are called from worker threads unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click

    from asi_evolve.context import RunContext
    from asi_evolve.domain import Domain
    from asi_evolve.events import ExperimentEnd, LlmCall, NewBest, RunEnd, RunStart
    from asi_evolve.records import (
        Analysis,
        Candidate,
        Data,
        Execution,
        Experiment,
        Job,
        Proposal,
        ProposalRequest,
        Score,
    )

PROJECT = "asi_evolve"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

Register = Callable[[str, Callable[..., Any]], None]


class DomainSpec:
    """Exactly one plugin of a run provides these. Each stops at the first non-None result."""

    @hookspec(firstresult=True)
    def domain(self) -> Domain:  # type: ignore[empty-body]
        """Declare the problem. Called once, in the main thread; must be cheap and import no heavy library."""

    @hookspec(firstresult=True)
    def inputs(  # type: ignore[empty-body]
        self, context: RunContext, stage: str, replicate: int, seed: int
    ) -> tuple[Mapping[str, Data], Any]:
        """Make ``(public, hidden)`` for one replicate, on the trusted side.

        ``public`` goes into the jail (arrays and JSON only). ``hidden`` goes to ``score`` and nowhere else; it must
        be picklable. Must be a function of its arguments: paired comparisons need the same inputs for the same seed.
        Default: ``({}, None)``.
        """

    @hookspec(firstresult=True)
    def propose(self, context: RunContext, request: ProposalRequest) -> Proposal | None:
        """Make the next program. Default: the configured proposer (grammar, random, llm, hybrid)."""

    @hookspec(firstresult=True)
    def execute(self, context: RunContext, candidate: Candidate, job: Job) -> Execution | None:
        """Run a candidate. Default: the configured executor, inside the sandbox. Must not run it anywhere else."""

    @hookspec(firstresult=True)
    def score(  # type: ignore[empty-body]
        self, context: RunContext, candidate: Candidate, execution: Execution, hidden: Any
    ) -> Score:
        """Score one replicate from ``execution.outputs``, which is data and may be wrong in every way.

        Called in a trusted process of its own without keys and without the store, only for executions that
        returned data. Return ``Score(value=None, valid=False, feedback=...)`` for bad data; raising is a bug.
        """

    @hookspec(firstresult=True)
    def analyze(self, context: RunContext, experiment: Experiment) -> Analysis | None:
        """Write the report on an experiment. Default: the configured analyzer (rule-based, or a model)."""


class ServiceSpec:
    """Any number of plugins may provide these. ``register(name, factory)``; a name given twice is an error."""

    @hookspec
    def register_llms(self, register: Register) -> None:
        """Register model providers: ``factory(settings) -> provider``."""

    @hookspec
    def register_samplers(self, register: Register) -> None:
        """Register samplers: ``factory(options, domain) -> Sampler`` (``asi_evolve.sampling.Sampler``)."""

    @hookspec
    def register_executors(self, register: Register) -> None:
        """Register executors: ``factory(settings, domain) -> asi_evolve.executors.Executor``."""

    @hookspec
    def register_embedders(self, register: Register) -> None:
        """Register embedders: ``factory(options) -> Embedder`` (``asi_evolve.cognition.Embedder``)."""

    @hookspec
    def register_exporters(self, register: Register) -> None:
        """Register export formats: ``factory() -> exporter`` with ``export(table, path)``; table is Arrow."""

    @hookspec
    def register_commands(self, cli: click.Group) -> None:
        """Add commands to the command line. Called in the main thread, only when the plugin is chosen."""

    @hookspec
    def report_sections(self, run: Any) -> list[tuple[str, str]] | None:
        """Sections for the report: ``(title, Markdown)``; pictures as ``![alt](data:image/...)`` only."""

    @hookspec
    def panels(self, run: Any) -> list[tuple[str, str]] | None:
        """Panels for the web page: ``(title, HTML without scripts)``."""


class ObserverSpec:
    """Any number of plugins may watch. An exception is logged and contained; the run goes on."""

    @hookspec
    def on_run_start(self, event: RunStart) -> None:
        """A run was created or resumed. Main thread."""

    @hookspec
    def on_experiment_end(self, event: ExperimentEnd) -> None:
        """An experiment was committed. One event at a time, in commit order."""

    @hookspec
    def on_new_best(self, event: NewBest) -> None:
        """An experiment beat all before it. After its ``on_experiment_end``."""

    @hookspec
    def on_llm_call(self, event: LlmCall) -> None:
        """A model was asked."""

    @hookspec
    def on_run_end(self, event: RunEnd) -> None:
        """The run stopped, for whatever reason. Main thread; the store is still open."""


SPECS: tuple[type, ...] = (DomainSpec, ServiceSpec, ObserverSpec)
