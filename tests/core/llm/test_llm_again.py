"""A run that was cut off and went on is made again as it ended; a key in the wrong place is not repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from asi_evolve.api import replay, resume
from asi_evolve.errors import ConfigError
from llm_runs import KEY, answer, run
from wire_server import Reply, WireServer


def test_a_failure_that_a_resume_got_over_is_not_replayed(tmp_path: Path) -> None:
    with WireServer([Reply(answer(5)), Reply(status=401), Reply(answer(6)), Reply(answer(7))]) as server:
        made = run(server, tmp_path, rounds=3)
        assert made.outcome is not None
        assert (made.outcome.status, made.outcome.done) == ("failed", 1)
        again = resume(tmp_path / "t.duckdb")
        assert len(server.requests) == 4
    assert [again.experiment(number).value for number in (1, 2, 3)] == [5.0, 6.0, 7.0]
    outcome = replay(tmp_path / "t.duckdb", made.run_id)
    assert outcome.same, outcome.differences
    second = run(server, tmp_path, rounds=3, llm=f"replay:{made.run_id}", model__base_url="http://127.0.0.1:9")
    assert [second.experiment(number).value for number in (1, 2, 3)] == [5.0, 6.0, 7.0]


def test_a_key_in_the_place_of_its_variable_is_not_repeated(tmp_path: Path) -> None:
    with WireServer([]) as server, pytest.raises(ConfigError, match="name of an environment variable") as caught:
        run(server, tmp_path, model__key_variable=KEY)
    assert KEY not in str(caught.value)
    assert not (tmp_path / "t.duckdb").exists()
