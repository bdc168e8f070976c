from __future__ import annotations

import ast

import pytest
from asi_evolve.domain import Slot
from asi_evolve.source.normalise import normalised_hash, program_hash, shape_hash
from asi_evolve.source.slots import (
    SourceError,
    foreign_names,
    read_sequence,
    read_slots,
    replace_slot,
    replace_slots,
    slot_imports,
    write_sequence,
)
from hypothesis import given, settings
from hypothesis import strategies as st

FRAME = '''"""A frame."""

from __future__ import annotations

import math

import numpy as np  # the array library

LIMIT = 3  # a frame constant


def solve(n: int) -> float:
    """Runs the slots."""
    return move(start(n))


# How to start.
def start(n: int) -> float:
    """Old start."""
    return _half(math.sqrt(n))


def _half(x: float) -> float:
    return x / 2


def move(x: float) -> float:
    return x + 1.0  # one step


'''
START, MOVE = Slot("start"), Slot("move")

NEW_MOVE = """# A leap.
def move(x: float) -> float:
    for _ in range(_leap_count()):
        x = minimize(x)
    return x
    # (done)


def _leap_count() -> int:
    return 3
"""


def run(source: str, n: int = 4) -> float:
    space: dict[str, object] = {}
    exec(compile(source, "candidate", "exec"), space)
    return space["solve"](n)  # type: ignore[operator, no-any-return]


def test_a_slot_is_read_with_its_helpers_and_comments() -> None:
    slots = read_slots(FRAME, [START, MOVE])
    assert list(slots) == ["start", "move"]
    assert slots["start"].startswith("def _half")
    assert "# How to start.\ndef start" in slots["start"]
    assert slots["move"] == "def move(x: float) -> float:\n    return x + 1.0  # one step\n"


def test_replacing_a_slot_touches_only_its_lines_imports_and_helpers() -> None:
    new = replace_slot(FRAME, MOVE, NEW_MOVE, ["from scipy.optimize import minimize"])
    ast.parse(new)
    untouched = FRAME[FRAME.index("LIMIT") : FRAME.index("def move")]
    assert untouched in new
    assert "from scipy.optimize import minimize" in new
    assert new.index("_leap_count() -> int") < new.index("# A leap.\ndef move")
    assert "one step" not in new
    # And back again: helper and import of the block go with it.
    back = replace_slot(new, MOVE, read_slots(FRAME, [MOVE])["move"])
    assert back.strip() == FRAME.strip()


def test_helpers_and_imports_of_the_old_definition_go_with_it() -> None:
    new = replace_slot(FRAME, START, "def start(n):\n    return n * 1.0\n")
    assert "_half" not in new
    assert "How to start" not in new
    assert "import math" not in new
    assert "import numpy as np  # the array library" in new
    assert run(new) == 5.0


def test_a_helper_that_something_else_uses_stays() -> None:
    source = FRAME + "def other():\n    return _half(2.0) + math.pi\n"
    new = replace_slot(source, START, "def start(n):\n    return n * 1.0\n")
    assert "def _half" in new
    assert "import math" in new


def test_kept_names_stay_even_if_unused() -> None:
    new = replace_slot(FRAME, START, "def start(n):\n    return n * 1.0\n", keep={"_half"})
    assert "def _half" in new


def test_a_clashing_helper_is_refused_and_an_equal_one_shared() -> None:
    with pytest.raises(SourceError, match=r"_half.*defined differently"):
        replace_slot(FRAME, MOVE, "def _half(x):\n    return x\n\n\ndef move(x):\n    return _half(x)\n")
    same = replace_slot(
        FRAME, MOVE, "def _half(x: float) -> float:\n    return x / 2\n\ndef move(x):\n    return _half(x)"
    )
    assert same.count("def _half") == 1
    assert run(same) == 0.5


def test_a_clashing_import_is_refused_unless_nothing_needs_the_old_one() -> None:
    block = "def move(x):\n    return math.floor(x)\n"
    with pytest.raises(SourceError, match="clashes"):
        replace_slot(FRAME, MOVE, block, ["import cmath as math"])
    gone = replace_slot(FRAME, START, "def start(n):\n    return math.exp(n)\n", ["import cmath as math"])
    assert "import cmath as math" in gone
    assert "\nimport math" not in gone


def test_imports_inside_a_new_definition_move_to_the_top() -> None:
    new = replace_slot(FRAME, MOVE, "import cmath\n\ndef move(x):\n    return abs(cmath.sqrt(x))\n")
    assert new.index("import cmath") < new.index("LIMIT")
    assert new.count("import cmath") == 1


def test_dotted_imports_live_side_by_side_and_go_one_by_one() -> None:
    one = replace_slot(FRAME, MOVE, "def move(x):\n    return os.path.join(x)\n", ["import os.path"])
    two = replace_slot(one, START, "def start(x):\n    return xml.dom.x\n", ["import xml.dom", "import xml.sax"])
    assert "import xml.dom" in two
    three = replace_slot(two, START, "def start(x):\n    return xml.sax.x\n", ["import xml.sax"])
    assert "import xml.dom" not in three
    assert "import xml.sax" in three
    assert "import os.path" in three


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def move(x) return x", "cannot be parsed"),
        ("def shift(x):\n    return x\n", "defines no 'move'"),
        ("def move(x):\n    return x\ndef helper():\n    pass\n", "also defines 'helper'"),
        ("def move(x):\n    return x\nprint(1)\n", "statement at top level"),
    ],
)
def test_bad_new_sources_are_refused_in_one_line(source: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        replace_slot(FRAME, MOVE, source)
    assert "\n" not in str(caught.value)


def test_a_missing_slot_is_named_with_what_there_is() -> None:
    with pytest.raises(SourceError, match=r"no top-level definition of 'refine'.*solve"):
        read_slots(FRAME, [Slot("refine")])


def test_other_ways_to_write_a_slot_are_read() -> None:
    source = "x = 1; move = lambda x: x + 1\r\nclass Start:\r\n    a: int = 2\r\n"
    slots = read_slots(source, [MOVE, Slot("Start", "class")])
    assert slots["move"] == "move = lambda x: x + 1\n"
    new = replace_slot(source, MOVE, "def move(x):\n    return x\n")
    assert "x = 1\ndef move(x):" in new
    assert "lambda" not in new


def test_what_a_slot_needs_of_its_file() -> None:
    assert slot_imports(FRAME, START) == ("import math",)
    other = FRAME.replace("x + 1.0", "x + LIMIT")
    assert foreign_names(other, MOVE, FRAME) == []
    assert foreign_names(other, MOVE, FRAME.replace("LIMIT", "BOUND")) == ["LIMIT"]


def test_the_hash_ignores_what_does_not_run() -> None:
    other = FRAME.replace('"""A frame."""', "# no docstring").replace('    """Old start."""\n', "")
    other = other.replace("import math\n\nimport numpy as np  # the array library", "import numpy as np\nimport math")
    assert normalised_hash(other) == normalised_hash(FRAME)
    assert normalised_hash(FRAME.replace("x + 1.0", "(x+1.0)")) == normalised_hash(FRAME)
    assert normalised_hash(FRAME.replace("x + 1.0", "x + 1")) != normalised_hash(FRAME)
    assert normalised_hash(FRAME.replace("(x: float)", "(y: float)", 1)) != normalised_hash(FRAME)
    assert normalised_hash("a = None") != normalised_hash("a = ...")
    assert normalised_hash("def broken(") != normalised_hash("def broken((")


def test_a_program_hash_counts_paths_and_other_files() -> None:
    files = {"a.py": "x = 1", "data.txt": "1 2"}
    assert program_hash(files) == program_hash({"data.txt": "1 2", "a.py": "x  =  1  # same"})
    assert program_hash(files) != program_hash({"b.py": "x = 1", "data.txt": "1 2"})
    assert program_hash(files) != program_hash({"a.py": "x = 1", "data.txt": "1  2"})


def test_the_shape_hash_ignores_the_values_of_constants_only() -> None:
    a = "def move(x):\n    k = tunable(3, 1, 9)\n    return k * x\n"
    assert shape_hash(a) == shape_hash(a.replace("tunable(3", "tunable(7"))
    assert shape_hash(a) != shape_hash(a.replace("1, 9", "1, 8"))
    assert shape_hash(a) != shape_hash(a.replace("k * x", "k + x"))


SEQUENCE = """
STEPS = ["trim", "fold"]  # in this order


def trim(x):
    return x.strip()


def fold(x):
    return x.lower()


def clean(x):
    for name in STEPS:
        x = globals()[name](x)
    return x
"""
STEPS = Slot("STEPS", "sequence")


def clean(source: str, text: str) -> str:
    space: dict[str, object] = {}
    exec(compile(source, "candidate", "exec"), space)
    return space["clean"](text)  # type: ignore[operator, no-any-return]


def test_a_sequence_is_reordered_shortened_and_extended() -> None:
    assert read_sequence(SEQUENCE, STEPS) == ["trim", "fold"]
    assert read_sequence(write_sequence(SEQUENCE, STEPS, ["fold", "trim"], {}), STEPS) == ["fold", "trim"]
    shorter = write_sequence(SEQUENCE, STEPS, ["fold"], {})
    assert "def trim" not in shorter
    assert clean(shorter, " A ") == " a "
    step = "def squeeze(x):\n    return re.sub(' +', _squeeze_by(), x)\n\n\ndef _squeeze_by():\n    return ' '\n"
    longer = write_sequence(SEQUENCE, STEPS, ["squeeze", "trim"], {"squeeze": step}, ["import re"])
    assert read_sequence(longer, STEPS) == ["squeeze", "trim"]
    assert clean(longer, " A   b ") == "A b"
    assert "def fold" not in longer
    back = write_sequence(longer, STEPS, ["trim"], {})
    assert "_squeeze_by" not in back
    assert "import re" not in back
    assert write_sequence(SEQUENCE, STEPS, [], {}).count("def ") == 1


def test_a_step_is_redefined_in_place() -> None:
    new = write_sequence(SEQUENCE, STEPS, ["trim", "fold"], {"fold": "def fold(x):\n    return x.upper()\n"})
    assert clean(new, " a ") == "A"
    assert new.count("def fold") == 1


def test_a_sequence_of_functions_keeps_them_before_the_list() -> None:
    source = "def a(x):\n    return x\n\n\nSTEPS = (a,)\n"
    new = write_sequence(source, STEPS, ["b", "a"], {"b": "def b(x):\n    return x + 1\n"})
    exec(compile(new, "c", "exec"), {})
    assert read_sequence(new, STEPS) == ["b", "a"]


def test_an_undefined_step_and_a_wrong_list_are_refused() -> None:
    with pytest.raises(SourceError, match=r"step 'gone'.*not defined"):
        write_sequence(SEQUENCE, STEPS, ["gone"], {})
    with pytest.raises(SourceError, match="top-level list"):
        read_sequence("STEPS = 3\n", STEPS)
    with pytest.raises(SourceError, match="not a step's name"):
        read_sequence("STEPS = [1]\n", STEPS)


POOL = {
    "start": [
        ("def start(n: int) -> float:\n    return float(n)\n", ()),
        ("def start(n):\n    return _twice(n)\n\n\ndef _twice(n):\n    return math.fabs(2 * n)\n", ("import math",)),
        ("# Noted.\ndef start(n):\n    return np.sqrt(n)\n", ("import numpy as np",)),
    ],
    "move": [
        ("def move(x):\n    return x\n", ()),
        ("def _shift(x):\n    return floor(x)\n\n\ndef move(x):\n    return _shift(x)\n", ("from math import floor",)),
        ("@staticmethod\ndef move(x):\n    return x\n", ()),
    ],
}


#: The frame with all its imports in use: one that nothing reads goes with a block that read it.
WHOLE = FRAME + "\n\ndef total():\n    return np.sum([LIMIT, math.pi])\n"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(POOL)), st.integers(0, 2)), max_size=6))
def test_any_exchanges_leave_what_the_last_ones_alone_would(moves: list[tuple[str, int]]) -> None:
    slots = {"start": START, "move": MOVE}
    text = WHOLE
    for name, number in moves:
        source, imports = POOL[name][number]
        text = replace_slot(text, slots[name], source, imports)
        assert normalised_hash(read_slots(text, [slots[name]])[name]) == normalised_hash(
            read_slots(replace_slot(WHOLE, slots[name], source, imports), [slots[name]])[name]
        )
    last = dict(moves)
    once = replace_slots(
        WHOLE, {n: POOL[n][i][0] for n, i in last.items()}, [line for n, i in last.items() for line in POOL[n][i][1]]
    )
    assert normalised_hash(text) == normalised_hash(once)
    originals = read_slots(WHOLE, [START, MOVE])
    back = replace_slots(text, originals, ["import math"])
    assert normalised_hash(back) == normalised_hash(replace_slots(WHOLE, originals))
