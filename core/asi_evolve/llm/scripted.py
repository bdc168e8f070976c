"""Providers that send nothing: scripted answers for tests and authors, and the recorded answers of a finished run."""

from __future__ import annotations

import contextlib
import io
import json
import re
import threading
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from asi_evolve.config import Settings
from asi_evolve.errors import ConfigError, ModelError, UsageError
from asi_evolve.llm.protocol import Answer, Request, Usage
from asi_evolve.records import Json

#: An answer of a script: its text, an object that is written as JSON, a whole answer, or a failure to raise.
Scripted = str | Mapping[str, Json] | Answer | Exception

#: A program in a prompt, as ``llm.fencing`` fences it.
_PROGRAM = re.compile(r"^BEGIN FILE ([0-9a-f]{12}) (\S+)\n(.*?)\nEND FILE \1$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"\d+\.\d+|\d+")


class MockProvider:
    """Gives scripted answers: for tests, and for authors of domains who want no key.

    Args:
        script: Answers in order, or a function of the request that gives one. Objects are written as JSON. An
            exception is raised, so that failures can be scripted too. Without a script the "model" changes one number
            of the program that it is shown, so that a whole run can be tried.

    Token counts are characters divided by four, rounded up; the price is nothing unless the settings give one.
    """

    name = "mock"

    def __init__(self, script: Iterable[Scripted] | Callable[[Request], Scripted] | None = None) -> None:
        self.model = "mock"
        self.requests: list[Request] = []
        """What was asked so far."""
        self._lock = threading.Lock()
        self._function = script if callable(script) else change_a_number if script is None else None
        self._answers: Iterator[Scripted] = iter(()) if script is None or callable(script) else iter(script)

    def complete(self, request: Request) -> Answer:
        """The next answer of the script."""
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
            if self._function is not None:
                scripted = self._function(request)
            else:
                try:
                    scripted = next(self._answers)
                except StopIteration:
                    raise ModelError(
                        f"the script of the mock model has {number - 1} answers, and one more was asked for"
                    ) from None
        if isinstance(scripted, Exception):
            raise scripted
        if isinstance(scripted, Answer):
            return scripted
        text = scripted if isinstance(scripted, str) else json.dumps(scripted, ensure_ascii=False)
        return Answer(text, _usage(request, text), "end", self.model, f"mock-{number}")


def change_a_number(request: Request) -> Scripted:
    """An answer that changes one number of the first program in the prompt; which one follows from the prompt.

    A question whose answer has another form is answered with as little as that form allows.
    """
    wanted = (request.schema or {}).get("properties", {})
    if wanted and "files" not in wanted:
        return {name: least(form) for name, form in wanted.items()}
    found = _PROGRAM.search(request.messages[0].text)
    if found is None:
        return "There is no program here."
    path, source = found.group(2), found.group(3)
    lines = source.split("\n")
    places = _numbers(source)
    if not places:
        return "There is no number in this program."
    draw = int(request.digest()[:8], 16)
    row, start, old = places[draw % len(places)]
    factor = (0.5, 0.8, 1.1, 1.3, 2.0)[draw // len(places) % 5]
    new = str(max(1, round(int(old) * factor) + 1)) if old.isdecimal() else f"{float(old) * factor:.6g}"
    lines[row] = lines[row][:start] + new + lines[row][start + len(old) :]
    return {
        "motivation": f"Try {new} instead of {old} in line {row + 1} of {path}.",
        "expected_effect": "Unknown: the mock model changes one number without a reason.",
        "used": [],
        "files": [{"path": path, "source": "\n".join(lines)}],
        "edits": [],
    }


def least(form: Mapping[str, Json]) -> Json:
    """The least value of a JSON schema of the simple kind that questions have."""
    low = form.get("minimum", 0)
    empty: dict[str, Json] = {"array": [], "object": {}, "number": low, "integer": low, "boolean": False}
    return empty.get(str(form.get("type")), "The mock model has nothing to say.")


def _numbers(source: str) -> list[tuple[int, int, str]]:
    """``(line, column, text)`` of each plain decimal number in a program, from 0."""
    found = []
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NUMBER and _NUMBER.fullmatch(token.string):
                found.append((token.start[0] - 1, token.start[1], token.string))
    return found


class ReplayProvider:
    """Gives the recorded answers of a finished run again, by round and by their order in it. Offline and free.

    Args:
        model: The model that answered then; shown with the run.
        answers: Name of the experiment without its run (``12``, ``s0``) -> what it was given in order: the role, the
            hash of the prompt, and the answer, or why there was none.
    """

    name = "replay"

    def __init__(self, model: str, answers: Mapping[str, Sequence[tuple[str, str, Answer | str]]]) -> None:
        self.model = model
        self._waiting = {key: list(values) for key, values in answers.items()}
        self._lock = threading.Lock()

    def complete(self, request: Request) -> Answer:
        """The next recorded answer of the round that asks, in the role in which it asks.

        Raises:
            ModelError: If the request failed then too, or if the round has no answer left: the replay has gone another
                way than the run.
        """
        with self._lock:
            waiting = self._waiting.get(request.round, [])
            place = next((i for i, (role, _, _) in enumerate(waiting) if request.role in ("", role)), None)
            if place is None:
                raise ModelError(f"replay: the recorded run has no further answer for round {request.round}")
            _, digest, answer = waiting.pop(place)
        if isinstance(answer, str):
            raise ModelError(answer)
        note = answer.note
        if digest != request.digest():
            note = "; ".join(filter(None, (note, "replayed, but the prompt differs from the recorded one")))
        return Answer(answer.text, Usage(), answer.stop, answer.model, answer.request_id, 0, note)


def _usage(request: Request, text: str) -> Usage:
    asked = len(request.system) + sum(len(message.text) for message in request.messages)
    return Usage(-(-asked // 4), -(-len(text) // 4))


def make_mock(settings: Settings) -> MockProvider:
    """The factory of ``register_llms``: ``mock``, or ``mock:FILE`` with one answer a line, as JSON.

    A line holds a string (the answer's text) or an object (the answer itself).
    """
    _, _, path = (settings.llm or "").partition(":")
    return MockProvider(_read_script(Path(path))) if path else MockProvider()


def _read_script(path: Path) -> list[Scripted]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"--llm mock:{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--llm mock:{path}: not UTF-8 text; save it as UTF-8") from None
    answers: list[Scripted] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except ValueError as error:
            raise ConfigError(f"{path.name}:{number}: not JSON: {error}; give one answer a line") from None
        if not isinstance(value, (str, dict)):
            raise ConfigError(f"{path.name}:{number}: must be a string or an object, not {type(value).__name__}")
        answers.append(value)
    if not answers:
        raise ConfigError(f"{path.name}: holds no answer; give one a line, as JSON")
    return answers
