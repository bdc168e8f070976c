"""What a resume or a fork reads of a run: everything, in completion order, a part at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from asi_evolve.history import Entry
from asi_evolve.records import Experiment, Lesson
from asi_evolve.store.codec import Encoded, Row
from asi_evolve.store.decode import decode, decode_lesson
from asi_evolve.store.jsonio import loads
from asi_evolve.store.schema import CHILD_TABLES, column_names, main_columns

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows held at once: of the short form, and of whole records.
_ENTRIES, _RECORDS = 20_000, 500
_END = 2**31 - 1


class PastQueries(ABC):
    """The part of :class:`~asi_evolve.store.queries.Queries` that goes through a whole run without holding it."""

    @abstractmethod
    def _rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    @abstractmethod
    def table(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """See :meth:`asi_evolve.store.queries.Queries.table`."""

    def entries(self, run_id: str, upto_round: int | None = None) -> list[Entry]:
        """All finished experiments of a run in short, in completion order.

        Args:
            run_id: Whole id of a run.
            upto_round: Leave out later rounds; round 0 (seeds, baselines) is always in.
        """
        return list(self.iter_entries(run_id, upto_round))

    def iter_entries(self, run_id: str, upto_round: int | None = None) -> Iterator[Entry]:
        """The same one by one: a run of a million rounds is never held as objects."""
        sql = """SELECT experiment_id, round, origin, status, valid, value, fitness, parents, features, sampler_data,
                        stage
                 FROM experiments WHERE run_id = $1 AND seq BETWEEN $3 AND $4 AND round <= $2 ORDER BY seq"""
        limit = _END if upto_round is None else upto_round
        index = 0
        for first, last in self._parts(run_id, _ENTRIES):
            for row in self._rows(sql, [run_id, limit, first, last]):
                yield Entry(
                    index=index,
                    experiment_id=row[0],
                    round=row[1],
                    origin=row[2],
                    status=row[3],
                    valid=row[4],
                    value=row[5],
                    fitness=row[6],
                    parents=tuple(row[7]),
                    features=loads(row[8]) if row[8] is not None else {},
                    sampler_data=loads(row[9]),
                    parentable=row[4] and row[2] != "baseline",
                    stage=row[10],
                )
                index += 1

    def iter_experiments(self, run_id: str) -> Iterator[Experiment]:
        """All finished experiments of a run as whole records without returned data, in completion order."""
        return (decode(encoded) for encoded in self._iter_encoded(run_id))

    def _iter_encoded(self, run_id: str) -> Iterator[Encoded]:
        main_names = main_columns()
        for first, last in self._parts(run_id, _RECORDS):
            found: dict[int, Encoded] = {}
            sql = f"SELECT seq, {', '.join(main_names)} FROM experiments WHERE run_id = $1 AND seq BETWEEN $2 AND $3"
            for seq, *values in self._rows(f"{sql} ORDER BY seq", [run_id, first, last]):
                main = dict(zip(main_names, values, strict=True))
                children: dict[str, list[Row]] = {table: [] for table in CHILD_TABLES}
                found[seq] = Encoded(main["experiment_id"], run_id, main, children)
            for table in CHILD_TABLES:
                names = column_names(table)[2:]
                order = "seq, position" if "position" in names else "seq"
                sql = f"SELECT seq, {', '.join(names)} FROM {table} WHERE seq BETWEEN $1 AND $2 ORDER BY {order}"
                for seq, *rest in self._rows(sql, [first, last]):
                    if seq in found:
                        found[seq].children[table].append(dict(zip(names, rest, strict=True)))
            yield from found.values()

    def _parts(self, run_id: str, size: int) -> Iterator[tuple[int, int]]:
        """Ranges of ``seq`` that hold at most ``size`` experiments each and all of the run's."""
        [(low, high)] = self._rows("SELECT min(seq), max(seq) FROM experiments WHERE run_id = $1", [run_id])
        if low is not None:
            for first in range(low, high + 1, size):
                yield first, min(first + size - 1, high)

    def rounds_done(self, run_id: str) -> int:
        """How many rounds of a run are finished; seeds and baselines do not count."""
        sql = "SELECT count(*) FROM experiments WHERE run_id = $1 AND seq IS NOT NULL AND round > 0"
        [(count,)] = self._rows(sql, [run_id])
        return int(count)

    def recent_lessons(self, run_id: str, subjects: int) -> list[Lesson]:
        """The newest lesson on each of the ``subjects`` newest subjects and directions of effect, oldest first."""
        names = column_names("lessons")
        found = self._rows(
            f"""SELECT {", ".join(names)} FROM lessons WHERE run_id = $1 AND coalesce(origin, 'rules') = 'rules'
                QUALIFY row_number() OVER (PARTITION BY about, effect >= 0 ORDER BY seq DESC, position DESC) = 1
                ORDER BY seq DESC, position DESC LIMIT $2""",
            [run_id, subjects],
        )
        return [decode_lesson(dict(zip(names, row, strict=True))) for row in reversed(found)]

    def told_lessons(self, run_id: str) -> list[tuple[int, str, list[Lesson], list[str]]]:
        """What models told, one row for each report with lessons, in the order in which the experiments ended.

        Place of the experiment in the run (from 0), its id, the lessons, and the tags of its analysis.
        """
        names = column_names("lessons")
        found = self._rows(
            f"""SELECT p.place, a.tags, {", ".join(f"l.{name}" for name in names)} FROM lessons l
                JOIN (SELECT seq, row_number() OVER (ORDER BY seq) - 1 AS place FROM experiments
                      WHERE run_id = $1 AND seq IS NOT NULL) p ON p.seq = l.seq
                JOIN analyses a ON a.seq = l.seq
                WHERE l.run_id = $1 AND l.origin = 'model' ORDER BY l.seq, l.position""",
            [run_id],
        )
        rows = [(place, tags, dict(zip(names, rest, strict=True))) for place, tags, *rest in found]
        return [
            (place, group[0][2]["experiment_id"], [decode_lesson(row) for _, _, row in group], list(group[0][1]))
            for place, group in ((key, list(part)) for key, part in groupby(rows, key=lambda row: row[0]))
        ]

    def program_hashes(self, run_id: str) -> pa.Table:
        """``program_hash`` of each program of a run, with the ``experiment_id`` that had it first."""
        return self.table(
            """SELECT json_extract_string(notes, '$.program_hash') AS program_hash,
                      arg_min(experiment_id, coalesce(seq, 9223372036854775807)) AS experiment_id
               FROM experiments WHERE run_id = $1 AND json_type(notes, '$.program_hash') = 'VARCHAR'
               GROUP BY ALL HAVING program_hash <> '' ORDER BY program_hash""",
            [run_id],
        )

    def statuses(self, run_id: str) -> dict[str, int]:
        """How many rounds ended how: ``valid``, ``invalid`` or the kind of failure; most frequent first."""
        sql = """SELECT CASE WHEN valid THEN 'valid' WHEN status = 'ok' THEN 'invalid' ELSE status END AS kind, count(*)
                 FROM experiments WHERE run_id = $1 AND seq IS NOT NULL AND round > 0
                 GROUP BY kind ORDER BY count(*) DESC, kind"""
        return dict(self._rows(sql, [run_id]))

    def provenance_counts(self, run_id: str) -> dict[str, dict[str | None, int]]:
        """Rounds of each provenance class: ``all``, the ``best 10%`` of the valid ones, and each third of the run."""
        done = self.rounds_done(run_id)
        cuts = [round(done * third / 3) for third in range(4)]
        counts: dict[str, dict[str | None, int]] = {}
        for name, sql, params in (
            ("all", "", []),
            ("best 10%", "QUALIFY place <= greatest(1, ranked // 10)", []),
            *((f"third {i + 1}", "QUALIFY number > $2 AND number <= $3", cuts[i : i + 2]) for i in range(3)),
        ):
            best = "AND value IS NOT NULL" if name == "best 10%" else ""
            rows = self._rows(
                f"""SELECT provenance_class, count(*) FROM (
                        SELECT provenance_class, row_number() OVER (ORDER BY value DESC NULLS LAST, round) AS place,
                            row_number() OVER (ORDER BY round, seq) AS number, count(value) OVER () AS ranked
                        FROM experiments WHERE run_id = $1 AND seq IS NOT NULL AND round > 0 {best} {sql}
                    ) GROUP BY provenance_class""",
                [run_id, *params],
            )
            counts[name] = dict(rows)
        return counts

    def cpu_seconds(self, run_id: str) -> float:
        """CPU seconds of all recorded executions of a run's candidates."""
        [(total,)] = self._rows("SELECT coalesce(sum(cpu_s), 0) FROM experiments WHERE run_id = $1", [run_id])
        return float(total)

    def best(self, run_id: str) -> str | None:
        """The valid experiment with the highest value at the latest stage reached; None if none is valid yet.

        A candidate climbs the stages in order, so the number of stages that it was executed at is the rank of its
        last one. Of equals the earliest.
        """
        champions = self._rows(
            """SELECT experiment_id, seq, value FROM experiments
               WHERE run_id = $1 AND seq IS NOT NULL AND valid AND isfinite(value)
               QUALIFY row_number() OVER (PARTITION BY stage ORDER BY value DESC, seq) = 1""",
            [run_id],
        )

        def key(row: tuple[str, int, float]) -> tuple[int, float, int]:
            [(stages,)] = self._rows("SELECT count(DISTINCT stage) FROM executions WHERE seq = $1", [row[1]])
            return max(int(stages), 1), row[2], -row[1]

        return str(max(champions, key=key)[0]) if champions else None
