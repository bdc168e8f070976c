"""Makes prompts from templates that a domain can change block by block.

Everything that did not come from the domain or from us is *data*: programs, what they printed, scorers' feedback,
knowledge items, earlier motivations and analyses. It is fenced, in a fence that it cannot close.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from typing import Any

from asi_evolve.domain import Domain
from asi_evolve.errors import ConfigError, did_you_mean
from asi_evolve.llm.fencing import Fence, environment, tidy
from asi_evolve.records import Candidate, Execution, Experiment, ProposalRequest, Verdict

#: The templates and where their text comes first: ``system`` is the same in every round.
TEMPLATES = ("system", "round", "mend")
#: Most characters of a whole program of an inspiration; the parent is always shown whole.
MAX_INSPIRATION = 12_000

_BLOCK = re.compile(r"{%-?\s*block\s+(\w+)")


def blocks_of(name: str) -> tuple[str, ...]:
    """Names of the blocks of a template, in order."""
    return tuple(_BLOCK.findall(_source(name)))


def _source(name: str) -> str:
    return files("asi_evolve.proposers.llm").joinpath("templates", f"{name}.j2").read_text(encoding="utf-8")


class Prompts:
    """The prompts of a run.

    Args:
        domain: Its task, slots, limits; its ``prompts`` take the place of blocks of the same name. ``super()`` gives
            the text that a block had.
        backend: Name of the backend.
        mode: ``auto``, ``edit`` or ``rewrite``: the form in which programs are asked for.

    Raises:
        ConfigError: If the domain overrides a block that does not exist, or its template is broken.
    """

    def __init__(self, domain: Domain, backend: str, mode: str) -> None:
        self._domain, self._backend, self._mode = domain, backend, mode
        known = {block: name for name in TEMPLATES for block in blocks_of(name)}
        for block in domain.prompts:
            if block not in known:
                raise ConfigError(
                    f"Domain.prompts: there is no block {block!r}{did_you_mean(block, known)}; "
                    f"there is {', '.join(known)}"
                )
        for name in TEMPLATES:
            self._template(name)

    @cached_property
    def system(self) -> str:
        """What is the same in every round."""
        return self._render("system")

    def round(self, request: ProposalRequest, base: Mapping[str, str], *, base_is_draft: bool) -> str:
        """The question of a round.

        Args:
            request: As the loop made it.
            base: The files that edits apply to.
            base_is_draft: They are those of the round's own last program, which failed, and not the parent's.
        """
        return self._render(
            "round",
            request=request,
            base=base,
            base_is_draft=base_is_draft,
            parent=_Shown(request.parent, request) if request.parent is not None else None,
            inspirations=[_Shown(one, request) for one in request.inspirations],
            cognition=request.cognition,
            lessons=[(handle(lesson.lesson_id, request), lesson) for lesson in request.lessons if lesson.lesson_id],
            failure=_failure(request.failure),
            draft=_Draft(request.draft) if request.draft is not None else None,
            twin=_twin(request),
            fence=Fence(request.rng_seed, request.experiment_id.partition(".")[0]),
        )

    def mend(self, error: str) -> str:
        """The second question after an answer that cannot be used."""
        return self._render("mend", error=error)

    @cached_property
    def _environment(self) -> Any:
        sources: dict[str, str] = {}
        for name in TEMPLATES:
            sources[f"{name}.base"] = _source(name)
            own = "".join(
                f"{{% block {block} %}}{self._domain.prompts[block]}\n{{% endblock %}}"
                for block in blocks_of(name)
                if block in self._domain.prompts
            )
            sources[name] = f'{{% extends "{name}.base" %}}{own}'
        return environment(sources)

    def _template(self, name: str) -> Any:
        from jinja2 import TemplateError

        try:
            return self._environment.get_template(name)
        except TemplateError as error:
            raise ConfigError(f"Domain.prompts: a block of {name!r} is not a template: {error}") from None

    def _render(self, name: str, **values: Any) -> str:
        from jinja2 import TemplateError

        backend = self._domain.backends[self._backend]
        try:
            text: str = self._template(name).render(
                domain=self._domain, backend=backend, limits=self._domain.stages[0].limits, mode=self._mode, **values
            )
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise ConfigError(f"Domain.prompts: {name!r} cannot be rendered: {type(error).__name__}: {error}") from None
        return tidy(text)


def handle(ref_id: str, request: ProposalRequest) -> str:
    """An id as prompts show it: without the run's own name, so that the same run asks the same question twice."""
    return ref_id.removeprefix(request.experiment_id.partition(".")[0] + ".")


class _Shown:
    """An earlier experiment, as templates see it."""

    def __init__(self, experiment: Experiment, request: ProposalRequest) -> None:
        self.id = handle(experiment.experiment_id, request)
        self.value = experiment.value
        self.valid = experiment.valid
        self.status = experiment.status
        self.metrics = dict(experiment.score.metrics) if experiment.score is not None else {}
        self.feedback = experiment.score.feedback if experiment.score is not None else ""
        self.motivation = experiment.candidate.motivation
        self.analysis = experiment.analysis.summary if experiment.analysis is not None else ""
        parts = experiment.analysis.parts if experiment.analysis is not None else {}
        self.told = "\n".join(parts[name] for name in ("comparison", "explanation") if name in parts)
        self.files = dict(experiment.candidate.files)
        self.size = sum(len(source) for source in self.files.values())
        self.whole = self.size <= MAX_INSPIRATION


class _Draft:
    def __init__(self, candidate: Candidate) -> None:
        self.motivation = candidate.motivation
        self.files = dict(candidate.files)


def _failure(failure: Execution | Verdict | None) -> dict[str, str] | None:
    if failure is None:
        return None
    if isinstance(failure, Verdict):
        return {"what": f"the check `{failure.check}` refused it", "message": failure.message, "log": ""}
    log = "\n".join(part for part in (failure.stdout_tail, failure.stderr_tail) if part.strip())
    return {"what": f"its execution ended as `{failure.status}`", "message": failure.error, "log": log}


def _twin(request: ProposalRequest) -> str:
    """The experiment that has the same program, if that is why the last one was refused."""
    failure = request.failure
    of = failure.details.get("of") if isinstance(failure, Verdict) else None
    return handle(of, request) if isinstance(of, str) else ""
