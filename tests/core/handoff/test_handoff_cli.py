"""``asievolve brief`` and ``asievolve submit``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import asi_evolve as ae
from click.testing import Result
from handoff_runs import answer, returning

Call = Callable[..., Result]


def test_brief_says_how_to_hand_it_in_and_submit_takes_it(toy: ae.Run, tmp_path: Path, asievolve: Call) -> None:
    told = asievolve("brief")
    assert told.exit_code == 0
    line = next(line for line in told.output.splitlines() if "asievolve submit" in line)
    words = line.split()
    file = tmp_path / "a.json"
    file.write_text(answer(returning(4.5)))
    made = asievolve(*[str(file) if w == "ANSWER.json" else w for w in words[1:]])
    assert made.exit_code == 0
    assert f"{toy.run_id}.3: ok, value 4.5, a new best" in made.output
    assert toy.experiment(3).notes["agent"] == "YOUR-NAME"


def test_files_of_the_program_with_reasons_as_options(toy: ae.Run, tmp_path: Path, asievolve: Call) -> None:
    (tmp_path / "candidate.py").write_text(returning(4.5))
    reasons = ("--motivation", "Why.", "--expected-effect", "4.5", "--used", "s0=the shape")
    made = asievolve("submit", toy.run_id, str(tmp_path / "candidate.py"), *reasons, "--json")
    assert made.exit_code == 0
    told = json.loads(made.output)
    assert (told["value"], told["is_best"], told["author"]) == (4.5, True, "agent")
    [used] = toy.experiment(3).candidate.used
    assert (used.ref_id, used.how) == (f"{toy.run_id}.s0", "the shape")


def test_a_refused_program_is_told_and_exits_with_1(toy: ae.Run, asievolve: Call) -> None:
    made = asievolve("submit", "latest", "-", text=answer("import os\n" + returning(1)))
    assert made.exit_code == 1
    assert "refused by the check static: candidate.py:1: import of 'os'" in made.output


def test_bad_input_is_one_line_and_exits_with_2(toy: ae.Run, tmp_path: Path, asievolve: Call) -> None:
    link, latin = tmp_path / "link.json", tmp_path / "latin.json"
    link.symlink_to(tmp_path / "h.duckdb")
    latin.write_bytes(b"\xff\xfe")
    good = tmp_path / "candidate.py"
    good.write_text(returning(1))
    why = ("--motivation", "m", "--expected-effect", "e")
    for arguments, said in (
        ((str(tmp_path / "none.json"),), "is no file"),
        ((str(link),), "is a link"),
        ((str(tmp_path),), "is no file"),
        ((str(latin),), "is not UTF-8"),
        ((str(good), str(good)), "give the one JSON answer"),
        ((str(good), "--motivation", "m"), "--expected-effect: is missing"),
        ((str(good), *why, "--root", str(tmp_path / "sub")), "is not below --root"),
        (("-", *why), "standard input takes the JSON answer only"),
        ((str(good), str(good), *why), "`files` has 'candidate.py' twice"),
    ):
        made = asievolve("submit", toy.run_id, *arguments)
        assert made.exit_code == 2, (arguments, made.output)
        assert said in made.stderr
        assert made.stderr.count("\n") == 1
    assert asievolve("submit", "nosuch", str(good), *why).exit_code == 2
    assert toy.table("select * from experiments where round > 2").num_rows == 0
