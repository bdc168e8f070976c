"""Items files: what is read, and that each mistake is named with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from asi_evolve.cognition import dump_items, load_items
from asi_evolve.errors import UsageError
from asi_evolve.records import CognitionItem
from hypothesis import given
from hypothesis import strategies as st

GOOD = '''# Packing
[[item]]
id = "hex-lattice"
title = "Hexagonal arrangement"
insight = """
Start from rows shifted by half a step.
[[item]] in a text is not an item.
source = "nor is this a field"
"""
source = "Fejes Toth, Regular Figures, 1964"
tags = [
  "initialisation",  # why not
  "lattice",
]
blocks = ["hex_start"]

[[item]]
id = "slsqp"
title = "Sequential quadratic programming"
insight = 'A "local" solver with constraints'
source = "Kraft 1988, DFVLR-FB 88-28"
origin = "human"
'''


def write(folder: Path, text: str, name: str = "items.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fails(folder: Path, text: str) -> str:
    path = write(folder, text)
    with pytest.raises(UsageError) as caught:
        load_items(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message.removeprefix(str(path))


def test_a_file_of_items_is_read_in_order(tmp_path: Path) -> None:
    first, second = load_items(write(tmp_path, GOOD))
    assert first == CognitionItem(
        item_id="hex-lattice",
        title="Hexagonal arrangement",
        insight='Start from rows shifted by half a step.\n[[item]] in a text is not an item.\nsource = "nor is this a '
        'field"',
        source="Fejes Toth, Regular Figures, 1964",
        tags=("initialisation", "lattice"),
        blocks=("hex_start",),
    )
    assert (second.origin, second.tags, second.blocks) == ("human", (), ())


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("hex-lattice", "b1").replace("slsqp", "b2"), "b.toml")
    write(tmp_path, GOOD.replace("hex-lattice", "a1").replace("slsqp", "a2"), "a.toml")
    write(tmp_path, "not toml at all", "notes.txt")
    assert [item.item_id for item in load_items(tmp_path)] == ["a1", "a2", "b1", "b2"]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('source = "Kraft 1988, DFVLR-FB 88-28"\n', "", 17, "item 'slsqp': the field 'source' is missing"),
        ('id = "slsqp"\n', "", 17, "item number 2: the field 'id' is missing"),
        ("origin =", "orgin =", 22, "unknown field 'orgin' (did you mean 'origin'?)"),
        ("blocks =", "block =", 15, "unknown field 'block' (did you mean 'blocks'?)"),
        ('origin = "human"', 'origin = "humans"', 22, "(did you mean 'human'?)"),
        ('id = "slsqp"', 'id = "sl sqp"', 18, "no spaces"),
        ('id = "slsqp"', "id = 3", 18, "id must be a text"),
        ("Kraft 1988, DFVLR-FB 88-28", "  ", 21, "source must be a text that is not empty"),
        ('blocks = ["hex_start"]', 'blocks = "hex_start"', 15, "blocks must be a list of texts"),
        ('"lattice"', "7", 11, "tags must be a list of texts"),
        ("[[item]]\nid = ", "[item]\nid = ", 17, "not valid TOML"),
        ('id = "slsqp"', "id = slsqp", 18, "not valid TOML: Invalid value"),
        ('id = "slsqp"', 'id = "hex-lattice"', 17, "already used at"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    # The last occurrence is replaced, so that the mistake is in the second item where both have the field.
    head, found, tail = GOOD.rpartition(old)
    assert found
    message = fails(tmp_path, head + new + tail)
    assert says in message
    assert message.startswith(f":{line}: ")


def test_a_missing_field_of_the_first_item_points_at_the_first_header(tmp_path: Path) -> None:
    assert fails(tmp_path, GOOD.replace('title = "Hexagonal arrangement"\n', "")).startswith(":2: item 'hex-lattice'")


def test_an_id_in_two_files_names_both(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "a.toml")
    write(tmp_path, GOOD, "b.toml")
    with pytest.raises(UsageError) as caught:
        load_items(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'b.toml'}:2: ")
    assert f"{tmp_path / 'a.toml'}:2" in str(caught.value)


def test_wrong_top_level_tables(tmp_path: Path) -> None:
    assert fails(tmp_path, 'x = 1\n[[items]]\nid = "a"\n').startswith(":1: unknown key 'x'")
    plural = fails(tmp_path, '\n[[items]]\nid = "a"\n')
    assert plural.startswith(":2: unknown key 'items' (did you mean 'item'?)")
    assert "two brackets" in fails(tmp_path, '[item]\nid = "a"\n')
    assert "two brackets" in fails(tmp_path, "item = [1]\n")


def test_inline_items_are_read_and_their_mistakes_point_at_the_list(tmp_path: Path) -> None:
    text = '\nitem = [{id = "a", title = "t", insight = "i", source = "s"}]\n'
    assert load_items(write(tmp_path, text))[0].item_id == "a"
    assert fails(tmp_path, text.replace('source = "s"', 'sauce = "s"')).startswith(
        ":2: item 'a': unknown field 'sauce'"
    )


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        load_items(tmp_path / "absent")
    with pytest.raises(UsageError, match=r"no \*.toml file"):
        load_items(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'[[item]]\nid = "\xe9"\n')
    with pytest.raises(UsageError, match="not UTF-8"):
        load_items(tmp_path)


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "win.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert [item.item_id for item in load_items(path)] == ["hex-lattice", "slsqp"]


TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60).filter(
    lambda text: text == " ".join(text.split()) and text == text.strip()
)
ITEMS = st.lists(
    st.builds(
        CognitionItem,
        item_id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,12}", fullmatch=True),
        title=TEXT,
        insight=TEXT,
        source=TEXT,
        tags=st.lists(TEXT, max_size=3).map(tuple),
        blocks=st.lists(TEXT, max_size=2).map(tuple),
        origin=st.sampled_from(["literature", "human", "experience"]),
    ),
    max_size=4,
    unique_by=lambda item: item.item_id,
)


@given(items=ITEMS)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, items: list[CognitionItem]) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.toml"
    path.write_text(dump_items(items), encoding="utf-8", newline="")
    assert list(load_items(path)) == items


def test_quotes_backslashes_and_line_ends_survive(tmp_path: Path) -> None:
    item = CognitionItem("a", "t", 'say "x" \\ then\n\ttab \x7f and """ end', "s")
    assert load_items(write(tmp_path, dump_items([item]))) == (item,)
