"""One round for somebody from outside: a coding agent, or a person, in the place of the researcher.

``brief`` gives what a model would be asked; ``submit`` takes the answer, and makes the round of it by the same rules:
the same checks, sandbox, scorer and record. Nothing is held between the two. The parent of a round follows from the
run's seed and its past, so ``submit`` finds the round that the brief was written for, or that it is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from asi_evolve.api.assemble import Parts, assemble
from asi_evolve.api.services import researcher_of
from asi_evolve.api.start import Guest, go_on
from asi_evolve.api.view import Run, open_run
from asi_evolve.config import from_json
from asi_evolve.errors import NotFoundError, UsageError
from asi_evolve.llm import Answer, Request, Usage
from asi_evolve.llm.handed import HandedIn
from asi_evolve.llm.objects import AnswerError
from asi_evolve.loop import RunMemory
from asi_evolve.loop.outcome import RunOutcome
from asi_evolve.loop.round import recalled
from asi_evolve.proposers.llm import LlmProposer
from asi_evolve.records import Experiment, Json, ProposalRequest
from asi_evolve.store import Queries, RunInfo, open_reader, open_store
from asi_evolve.store.lock import held_by, owned_error

#: Most characters of an answer that is handed in.
MAX_ANSWER = 4_000_000
#: Most characters of an author's name.
_MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Brief:
    """What the author of a round is told: the same text that a model would be asked with."""

    run_id: str
    plugin: str
    round: int
    parent: str | None
    """Id of the experiment that edits apply to; None: a seed program of the domain."""
    rules: str
    """Task, rules and form of the answer: the same in every round of a run."""
    question: str
    """Parent, what others tried, what is known, and what is asked."""
    rounds_done: int
    rounds_asked: int
    best: float | None

    @property
    def text(self) -> str:
        """Both parts."""
        return f"{self.rules}\n\n{self.question}\n"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of an answer that was handed in."""

    run: Run
    outcome: RunOutcome
    experiment: Experiment | None
    """The round, as recorded; None if a budget or a signal stopped it before it was."""
    is_best: bool
    best_before: float | None

    @property
    def exit_code(self) -> int:
        """0 for a valid result, 1 for another one, else that of the run."""
        if self.experiment is None:
            return self.outcome.exit_code or 1
        return 0 if self.experiment.valid else 1


def brief(db: str | Path = "asievolve.duckdb", run: str | None = None) -> Brief:
    """What is asked in the next round of a run. Nothing is written.

    Args:
        db: Path of the database.
        run: Run id, prefix or None for the latest.

    Raises:
        StoreError: If a process is writing to the database: the next round is its own.
        UsageError: If the run cannot be gone on with by somebody from outside.
    """
    with open_reader(Path(db)) as reader:
        owner = held_by(reader.path)
        if owner is not None:
            raise owned_error(reader.path, owner)
        info = reader.run_info(reader.resolve_run(run))
        return _Turn(reader, info).brief()


def submit(
    db: str | Path = "asievolve.duckdb",
    run: str | None = None,
    *,
    answer: str,
    author: str,
    round: int | None = None,
) -> Submitted:
    """Make the next round of a run with a program that was handed in, and wait for its result.

    Args:
        db: Path of the database.
        run: Run id, prefix or None for the latest.
        answer: The JSON object that the brief asks for.
        author: Who wrote it, for the record.
        round: Number of the round that the brief was for; None: whichever is next.

    Raises:
        StoreError: If another process is writing to the database.
        UsageError: If the answer cannot be used, or is for a round that is over. Nothing is recorded then.
    """
    name = _checked_name(author)
    if len(answer) > MAX_ANSWER:
        raise UsageError(f"the answer has {len(answer)} characters; at most {MAX_ANSWER} are read")
    path = Path(db)
    if not path.exists():
        raise NotFoundError(f"--db {path}: there is no such database")
    with open_store(path, purpose=f"a round of {name}") as store:
        info = store.run_info(store.resolve_run(run))
        turn = _Turn(store, info)
        if round is not None and round != turn.request.round:
            raise UsageError(
                f"--round {round}: run {info.run_id} is at round {turn.request.round} now; read its brief again"
            )
        turn.check(answer, name)
        before = turn.best
        total = max(info.rounds, turn.done + 1)
        guest = Guest(name, turn.request.round, HandedIn(name, answer))
        made = go_on(from_json(info.config), info, store, path, total, None, guest)
    assert made.outcome is not None
    same = open_run(info.run_id, db=path)
    experiment = _recorded(same, turn.request.experiment_id)
    value = experiment.value if experiment is not None else None
    best = same.best()
    is_best = experiment is not None and best is not None and best.experiment_id == experiment.experiment_id
    return Submitted(made, made.outcome, experiment, is_best and value is not None, before)


class _Turn:
    """The next round of a run, as it will begin."""

    def __init__(self, queries: Queries, info: RunInfo) -> None:
        settings = from_json(info.config)
        if settings.proposer.name == "random":
            raise UsageError(
                f"run {info.run_id} is a control (--proposer random) and takes no program from outside; fork it with "
                "another proposer, or choose another run"
            )
        parts = assemble(settings, with_model=False, written=True)
        memory = RunMemory(queries, info.run_id, info.seed, parts.sampler, parts.proposer, parts.domain.stages)
        memory.restore(queries.iter_entries(info.run_id), queries.state(info.run_id))
        best = memory.history.best()
        if best is None:
            raise UsageError(
                f"run {info.run_id} has no valid experiment to go on from; finish its seeds first: "
                f"asievolve resume {info.run_id}"
            )
        begun = queries.table("select round from experiments where run_id = ? and seq is null", [info.run_id])
        self.done, highest, _ = memory.rounds_done([int(row) for row in begun["round"].to_pylist() if row])
        self.best = best.value
        self._info = info
        self._researcher: LlmProposer = researcher_of(parts)
        self.request = _request(queries, parts, memory, info, highest + 1)

    def brief(self) -> Brief:
        question: Request = self._researcher.question(self.request)
        parent = self.request.parent
        return Brief(
            run_id=self._info.run_id,
            plugin=self._info.plugin,
            round=self.request.round,
            parent=parent.experiment_id if parent is not None else None,
            rules=question.system,
            question=question.messages[0].text,
            rounds_done=self.done,
            rounds_asked=self._info.rounds,
            best=self.best,
        )

    def check(self, answer: str, author: str) -> None:
        """Refuse an answer that a model would be asked to write again."""
        try:
            self._researcher.read(self.request, Answer(answer, Usage(), "end", author))
        except AnswerError as error:
            raise UsageError(f"the answer cannot be used, and nothing was recorded: {error}") from None


def _request(queries: Queries, parts: Parts, memory: RunMemory, info: RunInfo, number: int) -> ProposalRequest:
    knowledge = parts.knowledge(queries.cognition(parts.plugins.name))
    k = parts.settings.cognition.k if knowledge is not None else 0
    ticket = memory.begin(number)
    return recalled(ticket, memory.load, knowledge, k, title=parts.domain.title, seed=info.seed)[0]


def _recorded(run: Run, experiment_id: str) -> Experiment | None:
    try:
        found = run.experiment(experiment_id)
    except NotFoundError:
        return None
    return found if found.status not in ("running", "interrupted") else None


def _checked_name(author: str) -> str:
    name = author.strip()
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise UsageError(f"--agent: must be a name of 1 to {_MAX_NAME} printable characters, not {author[:80]!r}")
    return name


def outcome_object(made: Submitted) -> dict[str, Json]:
    """What the author is told, as JSON values: what a model would be shown of its program, and where it stands."""
    told: dict[str, Json] = {
        "run_id": made.run.run_id,
        "best_before": made.best_before,
        "is_best": made.is_best,
        "run": made.outcome.reason,
    }
    return told if made.experiment is None else {**told, **experiment_told(made.experiment)}


def experiment_told(experiment: Experiment) -> dict[str, Json]:
    """A finished experiment as its author is told of it."""
    score = experiment.score
    last = experiment.executions[-1] if experiment.executions else None
    refused = next((v for v in experiment.verdicts if not v.passed and not v.advisory), None)
    failed = experiment.status != "ok" and last is not None
    return {
        "experiment_id": experiment.experiment_id,
        "round": experiment.round,
        "status": experiment.status,
        "valid": experiment.valid,
        "value": experiment.value,
        "stage": experiment.stage,
        "metrics": dict(score.metrics) if score is not None else {},
        "feedback": score.feedback if score is not None else "",
        "refused_by": {"check": refused.check, "message": refused.message} if refused is not None else None,
        "error": last.error if last is not None else "",
        "output_tail": "\n".join(filter(str.strip, (last.stdout_tail, last.stderr_tail))) if failed and last else "",
        "analysis": experiment.analysis.summary if experiment.analysis is not None else "",
        "unknown_ids": list(experiment.notes.get("unknown_ids", ())),
        "author": experiment.notes.get("agent", ""),
        "motivation": experiment.candidate.motivation,
    }
