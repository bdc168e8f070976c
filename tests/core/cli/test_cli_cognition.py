"""The knowledge base from the command line."""

from __future__ import annotations

import json

import pytest

ITEMS = """
[[item]]
id = "hill"
title = "Hill climbing with restarts"
insight = "Restart from random points when the climb stops."
source = "Russell and Norvig, Artificial Intelligence, 2020, ISBN 978-0134610993"
tags = ["search"]

[[item]]
id = "anneal"
title = "Simulated annealing"
insight = "Accept a worse neighbour with falling probability."
source = "Kirkpatrick et al., 1983, doi:10.1126/science.220.4598.671"
"""


@pytest.fixture
def added(invoke, plugin_file, tmp_path):
    (tmp_path / "items.toml").write_text(ITEMS)
    found = json.loads(invoke("cognition", "add", "items.toml", "--plugin", plugin_file, "--json").stdout)
    assert sorted(found["added"]) == ["anneal", "hill"]


def test_add_again_replaces(invoke, plugin_file, added):
    found = json.loads(invoke("cognition", "add", "items.toml", "--plugin", plugin_file, "--json").stdout)
    assert (found["added"], sorted(found["replaced"])) == ([], ["anneal", "hill"])


def test_list_and_search(invoke, plugin_file, added):
    items = json.loads(invoke("cognition", "list", "--plugin", plugin_file, "--json").stdout)
    assert sorted(item["item_id"] for item in items) == ["anneal", "hill"]
    assert "doi:10.1126" in invoke("cognition", "list", "--plugin", plugin_file).stdout
    hits = json.loads(
        invoke("cognition", "search", "annealing probability", "--k", "1", "--plugin", plugin_file, "--json").stdout
    )
    assert [hit["item_id"] for hit in hits] == ["anneal"]
    assert 0 < hits[0]["similarity"] <= 1.0001
    assert "Simulated annealing" in invoke("cognition", "search", "annealing", "--plugin", plugin_file).stdout


def test_export_reads_back(invoke, plugin_file, added, tmp_path):
    invoke("cognition", "export", "--plugin", plugin_file, "--out", "out.toml")
    found = json.loads(
        invoke("cognition", "add", "out.toml", "--plugin", plugin_file, "--db", "new.duckdb", "--json").stdout
    )
    assert sorted(found["added"]) == ["anneal", "hill"]


def test_missing_file(invoke, error_line, plugin_file):
    assert "nowhere.toml" in error_line(invoke("cognition", "add", "nowhere.toml", "--plugin", plugin_file, code=2))


def test_one_item_is_one_item(invoke, plugin_file, tmp_path):
    (tmp_path / "one.toml").write_text(ITEMS.split('[[item]]\nid = "anneal"')[0])
    assert invoke("cognition", "add", "one.toml", "--plugin", plugin_file).stdout.startswith("1 item added, 0 replaced")
    assert invoke("cognition", "list", "--plugin", plugin_file).stderr.strip() == "1 item"


def test_a_block_that_there_is_not(invoke, error_line, plugin_file, tmp_path):
    (tmp_path / "items.toml").write_text(ITEMS.replace('tags = ["search"]', 'blocks = ["high", "hihg"]'))
    line = error_line(invoke("cognition", "add", "items.toml", "--plugin", plugin_file, code=2))
    assert "items.toml:7: item 'hill'" in line
    assert "no block 'hihg' (did you mean 'high'?)" in line
    assert not (tmp_path / "asievolve.duckdb").exists()
    (tmp_path / "items.toml").write_text(ITEMS.replace('tags = ["search"]', 'blocks = ["high"]'))
    invoke("cognition", "add", "items.toml", "--plugin", plugin_file)


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_a_file_without_items(invoke, error_line, plugin_file, tmp_path, text):
    (tmp_path / "empty.toml").write_text(text)
    line = error_line(invoke("cognition", "add", "empty.toml", "--plugin", plugin_file, code=2))
    assert "empty.toml: there is no item in it" in line
    assert "[[item]]" in line
