from __future__ import annotations

import pytest
from asi_evolve.domain import Block, Slot
from asi_evolve.source.blocks import UNKNOWN, BlockBook
from asi_evolve.source.diff import changes
from asi_evolve.source.slots import SourceError, replace_slot, write_sequence

SLOTS = (Slot("move"), Slot("STEPS", "sequence"))
HOP = "def move(x):\n    k = tunable(2.0, 0.0, 4.0)\n    return _hop_by(k) * x\n\n\ndef _hop_by(k):\n    return k\n"
BLOCKS = (
    Block("stay", "move", "def move(x):\n    return x\n"),
    Block("hop", "move", HOP, ("from asi_evolve import tunable",)),
    Block("trimming", "STEPS", "def trim(x):\n    return x.strip()\n"),
    Block("folding", "STEPS", "def fold(x):\n    return x.lower()\n"),
)
BASE = '''"""Doc."""

STEPS = ["trim"]


def trim(x):
    """Trim it."""
    return x.strip()


def move(x):
    # nothing
    return x


def solve(x):
    return move(x)
'''
BOOK = BlockBook(SLOTS, BLOCKS)


def hop(source: str = BASE, text: str = HOP) -> str:
    return replace_slot(source, SLOTS[0], text, BLOCKS[1].imports)


def words(before: str, after: str) -> list[str]:
    return [c.text for c in changes({"c.py": before}, {"c.py": after}, SLOTS, "c.py", BOOK)]


def test_blocks_are_found_again_whatever_their_constants() -> None:
    assert BOOK.identify(BASE) == {"move": "stay", "STEPS": "trimming"}
    assert BOOK.identify(hop(text=HOP.replace("2.0", "3.5")))["move"] == "hop"
    assert BOOK.identify(hop(text=HOP.replace("return k\n", "return k + 1\n")))["move"] == UNKNOWN
    assert BOOK.identify(hop(text=HOP.replace("4.0", "5.0")))["move"] == UNKNOWN
    assert BOOK.identify("def move(") == {}
    assert BOOK.identify("x = 1") == {}


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (Block("b", "gone", "def gone(x):\n    return x\n"), "does not have"),
        (Block("b", "move", "def shift(x):\n    return x\n"), "must define 'move'"),
        (Block("b", "move", "def move(x)"), r"block 'b' of slot 'move'.*parsed"),
        (Block("stay", "move", "def move(x):\n    return 2\n"), "two blocks"),
    ],
)
def test_a_broken_block_is_refused(block: Block, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        BlockBook(SLOTS, (*BLOCKS, block))


def test_changes_are_told_apart_and_named() -> None:
    assert words(BASE, BASE) == []
    assert words(BASE, BASE.replace("# nothing", "# still nothing")) == []
    assert words(BASE, hop()) == ["move: hop instead of stay"]
    assert words(hop(), hop(text=HOP.replace("2.0", "3.25"))) == ["move.k from 2 to 3.25"]
    assert words(BASE, BASE.replace("    return x\n", "    return x + 1\n")) == ["move: new code instead of stay"]
    assert words(BASE, BASE.replace("return move(x)", "return -move(x)")) == ["other code in c.py changed"]
    assert words(BASE, "def broken(") == ["other code in c.py changed"]


def test_steps() -> None:
    fold = {"fold": BLOCKS[3].source}
    longer = write_sequence(BASE, SLOTS[1], ["trim", "fold"], fold)
    other = write_sequence(BASE, SLOTS[1], ["fold", "trim"], fold)
    assert words(BASE, longer) == ["STEPS: step folding inserted"]
    assert words(longer, BASE) == ["STEPS: step folding dropped"]
    assert words(longer, other) == ["STEPS: order folding > trimming instead of trimming > folding"]
    assert words(BASE, BASE.replace("x.strip()", "x.rstrip()")) == ["STEPS: rewritten"]
    assert BOOK.identify(other)["STEPS"] == "folding > trimming"


def test_constants_of_steps() -> None:
    a = BASE.replace("x.strip()", "x[: tunable(5, 1, 9)]")
    b = BASE.replace("x.strip()", "x[: tunable(6, 1, 9)]")
    assert words(a, b) == ["trim.value from 5 to 6"]
    longer = write_sequence(b, SLOTS[1], ["trim", "fold"], {"fold": BLOCKS[3].source})
    assert words(a, longer) == ["STEPS: step folding inserted", "trim.value from 5 to 6"]


def test_other_files() -> None:
    found = changes({"c.py": BASE, "u.py": "x = 1"}, {"c.py": BASE, "u.py": "x = 1 # one", "v.txt": ""}, SLOTS, "c.py")
    assert [c.text for c in found] == ["other code in v.txt added"]
    assert [c.text for c in changes({"u.py": "x = 1"}, {"u.py": "x = 2"}, SLOTS, "c.py")] == [
        "other code in u.py changed"
    ]
