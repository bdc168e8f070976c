"""The researcher: shows a model the parent, what was learned and what is known, and turns its answer into a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from asi_evolve.domain import Domain
from asi_evolve.errors import ConfigError, NotFoundError, ProposalError, did_you_mean
from asi_evolve.llm import Answer, Asked, Message, Mix, Request
from asi_evolve.llm.fencing import shorten
from asi_evolve.llm.objects import AnswerError
from asi_evolve.proposers.llm.answer import SCHEMA, Parsed, parse
from asi_evolve.proposers.llm.prompts import Prompts, handle
from asi_evolve.proposers.protocol import State
from asi_evolve.records import Experiment, Json, Proposal, ProposalRequest, Used, Verdict
from asi_evolve.source.edits import EditError, apply_answer

#: Most characters of an answer that cannot be used which are shown to the model again.
_SHOWN_AGAIN = 20_000
#: Checks after which the next try starts from the parent again, not from the refused program.
_FROM_PARENT = ("duplicate", "novelty")
_MODES = ("auto", "edit", "rewrite")


class Model(Protocol):
    """Who is asked (:class:`asi_evolve.llm.ModelService`)."""

    def ask(self, experiment_id: str, role: str, request: Request, about: Mapping[str, Json]) -> Asked:
        """One recorded answer."""
        ...


@dataclass(frozen=True, slots=True)
class LlmOptions:
    """Keys of ``[proposer]``."""

    mode: str = "auto"
    """``edit``: programs come as edits of the parent; ``rewrite``: whole; ``auto``: as the model likes."""
    attempts: int = 3
    """Programs that are asked for in one round before it is given up as rejected."""
    debug_attempts: int = 1
    """Times that the model may mend a program whose execution failed, within one round."""


def parse_options(options: Mapping[str, Json]) -> LlmOptions:
    """The options, checked.

    Raises:
        ConfigError: For an unknown key or a wrong value.
    """
    known = [field.name for field in fields(LlmOptions)]
    for key in options:
        if key not in known:
            raise ConfigError(
                f"[proposer] {key}: the llm proposer has no such option{did_you_mean(key, known)}; "
                f"it has {', '.join(known)}"
            )
    made = LlmOptions(**options)
    if made.mode not in _MODES:
        raise ConfigError(f"[proposer] mode: must be one of {', '.join(_MODES)}, not {made.mode!r}")
    for name, low in (("attempts", 1), ("debug_attempts", 0)):
        value = getattr(made, name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= 20:
            raise ConfigError(f"[proposer] {name}: must be a whole number from {low} to 20, not {value!r}")
    return made


class LlmProposer:
    """Asks a model for each program. Its state is that of the mix, where there is one; the rest is in the request.

    Args:
        domain: Task, rules, prompts.
        backend: One of its backends.
        options: Keys under ``[proposer]``; see :class:`LlmOptions`.
        max_tokens: Ceiling for one answer.
        mix: Chooses among several models; None for one.

    Raises:
        ConfigError: For a wrong option or a broken template of the domain.
    """

    name = "llm"
    uses_parent = True

    def __init__(
        self,
        domain: Domain,
        backend: str,
        options: Mapping[str, Json],
        *,
        max_tokens: int,
        mix: Mix | None = None,
    ) -> None:
        self.mix = mix
        self.options = parse_options(options)
        self._domain = domain
        self._backend = domain.backends[backend]
        self._max_tokens = max_tokens
        self._prompts = Prompts(domain, backend, self.options.mode)
        self._model: Model | None = None
        self._load: Callable[[str], Experiment] | None = None
        self.first_request()  # a broken block is found now, not in a round

    def connect(self, model: Model, load: Callable[[str], Experiment]) -> None:
        """Set who is asked, and how an earlier experiment is read. Called once, before the first round."""
        self._model, self._load = model, load

    def init(self) -> State:
        """What the mix knows at first."""
        return self.mix.init() if self.mix is not None else {}

    def update(self, state: State, experiment: Experiment, parent: Experiment | None) -> State:
        """Let the mix learn what its models gained and cost."""
        return self.mix.update(state, experiment, parent) if self.mix is not None else state

    def first_request(self) -> Request:
        """The question of a first round whose parent is the first seed program, for estimates."""
        files = next(iter(self._backend.seeds.values()))
        request = ProposalRequest(1, "run.1", None, mode="rewrite")
        return self._request(request, files, base_is_draft=False)

    def question(self, request: ProposalRequest) -> Request:
        """The first question of a round."""
        base, _, base_is_draft = self._base(request)
        return self._request(request, base, base_is_draft=base_is_draft)

    def read(self, request: ProposalRequest, answer: Answer) -> Proposal:
        """The program of an answer to :meth:`question`, without asking anybody.

        Raises:
            AnswerError: If it cannot be used.
        """
        base, parents, _ = self._base(request)
        return self._proposal(request, Asked("", answer, 0.0, False, {}), base, parents, "propose")

    def propose(self, state: State, request: ProposalRequest) -> Proposal:
        """Ask, read, and ask once more if the answer cannot be used.

        Raises:
            ProposalError: If no program came of it.
            BudgetReached, ModelError: As :meth:`asi_evolve.llm.ModelService.ask`.
        """
        assert self._model is not None, "connect() comes first"
        base, parents, base_is_draft = self._base(request)
        question = self._request(request, base, base_is_draft=base_is_draft)
        if self.mix is not None:
            question = replace(question, model=self.mix.choose(state, request.round_seed))
        role = "repair" if request.mode == "repair" else "propose"
        about: dict[str, Json] = {"parent": parents[0] if parents else "", "mode": request.mode}
        asked = self._model.ask(request.experiment_id, role, question, about)
        if asked.reused and not base_is_draft:
            base, parents = self._as_it_was(asked, base, parents)
        # Who wrote an answer mends it, also where another one would be chosen now than before the interruption.
        question = replace(question, model=str(asked.about.get("model", question.model)))
        try:
            return self._proposal(request, asked, base, parents, role)
        except AnswerError as error:
            first = str(error)
        if asked.answer.stop == "refusal":
            raise ProposalError(f"{self._who(asked)} declined to answer: {asked.answer.note or 'no reason given'}")
        again = self._model.ask(request.experiment_id, "mend", self._mend(question, asked, first), about)
        try:
            return self._proposal(request, again, base, parents, role)
        except AnswerError as error:
            raise ProposalError(f"the answer cannot be used, nor its repair: {error} (at first: {first})") from None

    # The question

    def _base(self, request: ProposalRequest) -> tuple[Mapping[str, str], tuple[str, ...], bool]:
        """Files that edits apply to, the parents, and whether the files are those of the round's failed program."""
        draft, failure = request.draft, request.failure
        parents: tuple[str, ...] = (request.parent.experiment_id,) if request.parent is not None else ()
        if draft is not None:
            # A round that was cut off may have had another parent than the sampler would choose now.
            parents = draft.parents or parents
            from_parent = isinstance(failure, Verdict) and failure.check in _FROM_PARENT
            if draft.files and not from_parent:
                return draft.files, parents, True
        if request.parent is None:
            return next(iter(self._backend.seeds.values())), parents, False
        files = request.parent.candidate.files
        if parents and parents[0] != request.parent.experiment_id:
            files = self._files_of(parents[0]) or files
        return files, parents, False

    def _request(self, request: ProposalRequest, base: Mapping[str, str], *, base_is_draft: bool) -> Request:
        return Request(
            system=self._prompts.system,
            messages=(Message("user", self._prompts.round(request, base, base_is_draft=base_is_draft)),),
            max_tokens=self._max_tokens,
            schema=SCHEMA,
            round=handle(request.experiment_id, request),
        )

    def _mend(self, question: Request, asked: Asked, error: str) -> Request:
        text = asked.answer.text
        turns = [*question.messages]
        complaint = self._prompts.mend(error)
        if text.strip():
            turns += [Message("assistant", shorten(text, _SHOWN_AGAIN)), Message("user", complaint)]
        else:
            turns = [Message("user", f"{question.messages[0].text}\n\n{complaint}")]
        return replace(question, messages=tuple(turns))

    # The answer

    def _as_it_was(
        self, asked: Asked, base: Mapping[str, str], parents: tuple[str, ...]
    ) -> tuple[Mapping[str, str], tuple[str, ...]]:
        """The program that an answer was given for before its round was cut off."""
        parent = asked.about.get("parent")
        if not isinstance(parent, str) or not parent or parents[:1] == (parent,):
            return base, parents
        files = self._files_of(parent)
        return (files, (parent,)) if files is not None else (base, parents)

    def _files_of(self, experiment_id: str) -> Mapping[str, str] | None:
        assert self._load is not None
        try:
            return self._load(experiment_id).candidate.files
        except (KeyError, NotFoundError):
            return None

    def _proposal(
        self, request: ProposalRequest, asked: Asked, base: Mapping[str, str], parents: tuple[str, ...], role: str
    ) -> Proposal:
        """The program of an answer, or an AnswerError."""
        answer = asked.answer
        if answer.stop == "refusal":
            raise AnswerError("the model declined")
        try:
            parsed = parse(answer.text, self._backend.entry)
            files = apply_answer(base, parsed.files, parsed.edits, editable=self._domain.editable)
        except (AnswerError, EditError) as error:
            if answer.stop == "length":
                raise AnswerError(
                    f"it was cut off at the limit of {self._max_tokens} tokens; be shorter, or use edits"
                ) from None
            raise AnswerError(str(error)) from None
        used, unknown = self._used(request, parsed)
        notes: dict[str, Json] = {
            "operator": "repair" if role == "repair" else "edit" if parsed.edits else "rewrite",
            "model": self._who(asked),
            "call": asked.call_id,
        }
        if "model" in asked.about:
            notes["mix"] = asked.about["model"]
        if unknown:
            notes["unknown_ids"] = unknown
        return Proposal(
            files=files,
            motivation=parsed.motivation,
            expected_effect=parsed.expected_effect,
            used=used,
            origin="llm",
            notes=notes,
            parents=parents,
        )

    def _used(self, request: ProposalRequest, parsed: Parsed) -> tuple[tuple[Used, ...], list[str]]:
        """What the answer says it used, as far as it was shown; and the ids that were not."""
        known: dict[str, tuple[Any, str]] = {}
        for item in request.cognition:
            known[item.item_id] = ("cognition", item.item_id)
        for experiment in (request.parent, *request.inspirations):
            if experiment is not None:
                known[experiment.experiment_id] = ("experiment", experiment.experiment_id)
        for lesson in request.lessons:
            if lesson.lesson_id:
                known[lesson.lesson_id] = ("lesson", lesson.lesson_id)
        known |= {handle(name, request): found for name, found in known.items()}
        used: dict[tuple[str, str], Used] = {}
        unknown: list[str] = []
        for name, how in parsed.used:
            found = known.get(name.strip("` "))
            if found is None:
                unknown.append(name[:80])
            else:
                used.setdefault(found, Used(found[0], found[1], shorten(how, 500)))
        return tuple(used.values()), unknown

    @staticmethod
    def _who(asked: Asked) -> str:
        return asked.answer.model or "the model"
