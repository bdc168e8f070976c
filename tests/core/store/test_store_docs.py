"""docs/reference/schema.md says what schema.sql says, and its queries run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from asi_evolve.store import Store
from asi_evolve.store.schema import schema_sql, tables
from store_samples import info, rich, simple

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "schema.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def comments(kind: str) -> dict[str, str]:
    found = re.findall(rf"COMMENT ON {kind} (\S+) IS '((?:[^']|'')*)';", schema_sql())
    return {name: text.replace("''", "'") for name, text in found}


@pytest.mark.parametrize("table", sorted(tables()))
def test_each_table_and_column_is_on_the_page_with_its_meaning(table: str) -> None:
    _, _, section = PAGE.partition(f"\n### {table}\n")
    section = section.partition("\n### ")[0]
    assert section.startswith(comments("TABLE")[table])
    meanings = comments("COLUMN")
    rows = [f"| `{name}` | {kind} | {meanings[f'{table}.{name}']} |" for name, kind in tables()[table]]
    assert re.findall(r"^\| `.*$", section, re.MULTILINE) == rows


def test_no_table_on_the_page_is_gone() -> None:
    assert re.findall(r"^### (\w+)$", PAGE, re.MULTILINE) == list(tables())


def test_examples_run(store: Store) -> None:
    store.create_run(info())
    for experiment in (simple("s0", value=0.5), simple(1, value=1.0), simple(2), rich(3)):
        store.record(experiment, state={})
    store.flush()
    assert len(QUERIES) >= 8
    answers = [store.table(query).num_rows for query in QUERIES]
    assert sum(count > 0 for count in answers) >= 6, answers
