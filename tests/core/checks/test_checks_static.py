"""Each rule of the static checks: what it refuses, where it says so, and what it lets through."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest
from asi_evolve.checks import check_program, static
from asi_evolve.checks.imports import SAFE_STDLIB, import_problem
from asi_evolve.checks.static import required_call

HONEST = '''"""A candidate."""
from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.linalg as la
from scipy.optimize import minimize
from asi_evolve import tunable

STEP = tunable(0.1, 0.01, 1.0, log=True)


class Packer:
    def __init__(self, n: int) -> None:
        self.n = n

    def compile(self) -> "Packer":
        return self

    def eval(self) -> float:
        return math.sqrt(self.n) * STEP


def solve(n: int, rng) -> Sequence[float]:
    model = Packer(n).compile()
    return [model.eval() + float(la.norm(np.ones(n)))]
'''


def check(source: str, **options):  # type: ignore[no-untyped-def]
    options.setdefault("allowed_imports", ("numpy", "scipy"))
    return check_program({"candidate.py": source}, "candidate.py", **options)


def test_an_honest_program_passes() -> None:
    verdict = check(HONEST, call="solve")
    assert verdict.passed, verdict.message
    assert verdict.check == "static"
    assert not verdict.advisory


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("import os", "files, environment and processes are out of reach"),
        ("import os.path", "import of 'os.path' is refused"),
        ("from os import path", "import of 'os' is refused"),
        ("import sys", "out of reach"),
        ("import subprocess", "one process"),
        ("import socket", "there is no network"),
        ("import ctypes", "machine code"),
        ("import importlib", "import statement"),
        ("from importlib import import_module", "import statement"),
        ("import builtins", "built-in itself"),
        ("import numpy, os", "import of 'os' is refused"),
        ("import numpy.ctypeslib", "machine code"),
        ("from numpy import ctypeslib", "machine code"),
        ("from numpy import f2py as f", "machine code"),
        ("import torch", "not among the libraries of this backend (numpy, scipy)"),
        ("import nunpy", "did you mean 'numpy'?"),
        ("from . import helper", "relative import"),
        ("from .helper import x", "relative import"),
        ("import asi_evolve", "from asi_evolve import tunable"),
        ("from asi_evolve import tunable, Score", "one name"),
        ("from asi_evolve.store import open_store", "one name"),
        ("import gc", "refused"),
    ],
)
def test_imports_that_are_refused(statement: str, says: str) -> None:
    verdict = check(f"x = 1\ndef solve():\n    {statement}\n")
    assert not verdict.passed
    assert says in verdict.message
    assert verdict.message.startswith("candidate.py:3: ")
    assert verdict.details["problems"][0]["rule"] == "import"
    assert verdict.details["problems"][0]["line"] == 3


@pytest.mark.parametrize(
    "statement",
    [
        "import numpy",
        "import numpy.random as r",
        "from scipy import special",
        "import math, random, time",
        "import helper",
        "from helper import thing",
        "from asi_evolve import tunable",
        "from asi_evolve.markers import tunable as t",
    ],
)
def test_imports_that_are_let_through(statement: str) -> None:
    files = {"candidate.py": statement + "\n", "helper.py": "thing = 1\n"}
    verdict = check_program(files, "candidate.py", allowed_imports=("numpy", "scipy"))
    assert verdict.passed, verdict.message


def test_a_local_file_does_not_unlock_a_refused_module() -> None:
    files = {"candidate.py": "import os\n", "os.py": "x = 1\n"}
    assert not check_program(files, "candidate.py", allowed_imports=()).passed


def test_an_allowed_submodule_does_not_allow_the_whole_library() -> None:
    def problem(text: str) -> str:
        node = ast.parse(text).body[0]
        assert isinstance(node, (ast.Import, ast.ImportFrom))
        return import_problem(node, ("scipy.optimize",))

    assert problem("from scipy.optimize import minimize") == ""
    assert problem("import scipy.optimize.x") == ""
    assert "refused" in problem("import scipy")
    assert "refused" in problem("import scipy.optimizer")


def test_the_safe_part_names_only_standard_modules_and_no_dangerous_one() -> None:
    import sys

    assert set(sys.stdlib_module_names) >= SAFE_STDLIB
    assert (
        not {"os", "sys", "subprocess", "socket", "ctypes", "importlib", "builtins", "io", "gc", "inspect"}
        & SAFE_STDLIB
    )


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("eval('1')", "name"),
        ("exec('x = 1')", "name"),
        ("__import__('os')", "name"),
        ("open('/etc/passwd')", "name"),
        ("compile('1', '', 'eval')", "name"),
        ("f = eval", "name"),
        ("__builtins__['eval']", "name"),
        ("().__class__.__mro__", "attribute"),
        ("solve.__globals__", "attribute"),
        ("object.__subclasses__()", "attribute"),
    ],
)
def test_names_that_lead_out_are_refused(line: str, rule: str) -> None:
    verdict = check(f"def solve():\n    return 1\n\n{line}\n")
    assert not verdict.passed
    problem = verdict.details["problems"][0]
    assert (problem["rule"], problem["line"]) == (rule, 4)


def test_own_functions_may_have_the_names_of_built_ins_but_not_of_eval() -> None:
    assert check("def open(x):\n    return x\n\ndef solve():\n    return open(1)\n").passed
    assert not check("def solve(eval):\n    return eval(1)\n").passed


def test_a_syntax_error_names_its_line_and_text() -> None:
    verdict = check("x = 1\ndef solve(:\n    pass\n")
    assert verdict.message.startswith("candidate.py:2: syntax error:")
    assert "def solve(:" in verdict.message
    assert "\n" not in verdict.message
    assert verdict.details["problems"][0]["rule"] == "parse"


@pytest.mark.parametrize(
    "source",
    [
        "x = '\0'",
        "(" * 5000 + ")" * 5000,
        "x = " + "-" * 50_000 + "1",
        "x = " + "[" * 150 + "]" * 150,
        "\ud800 = 1",
        "x = " + "9" * 5000,
        "# coding: nonsense\nx = 1",
        "x = '" + "\ud800" + "'",
    ],
    ids=["null", "parentheses", "minus", "lists", "surrogate", "long integer", "coding", "surrogate in text"],
)
def test_hostile_text_gives_a_verdict_and_no_exception(source: str) -> None:
    start = time.thread_time()
    verdict = check(source)
    assert time.thread_time() - start < 2.0
    assert "\n" not in verdict.message
    if not verdict.passed:
        assert verdict.message.startswith("candidate.py")


def test_size_limits() -> None:
    assert "200001 bytes, at most 200000" in check("#" * 200_001).message
    assert "levels deep, at most 200" in check("x = " + "+".join(["y"] * 300)).message
    assert "nodes, at most 50000" in check("x = [" + "1," * 60_000 + "]").message
    assert check("x = [" + "1," * 20_000 + "]").passed
    many = {f"f{i}.py": "" for i in range(static.MAX_FILES + 1)}
    assert "33 files, at most 32" in check_program(many, "f0.py", allowed_imports=()).message
    heavy = {f"f{i}.py": "#" * 190_000 for i in range(6)}
    assert "together" in check_program(heavy, "f0.py", allowed_imports=()).message


@pytest.mark.parametrize("path", ["/etc/x.py", "../x.py", "a/../../x.py", "a\\b.py", "", " a.py", "a\0.py"])
def test_paths_must_be_plain_and_relative(path: str) -> None:
    verdict = check_program({"candidate.py": "", path: ""}, "candidate.py", allowed_imports=())
    assert not verdict.passed
    assert verdict.details["problems"][0]["rule"] == "path"


def test_the_entry_must_exist_and_define_the_call() -> None:
    assert "'main.py' is missing" in check_program({"a.py": ""}, "main.py", allowed_imports=()).message
    missing = check("def pack():\n    pass\n\nWIDTH = 1\n", call="solve")
    assert "must define 'solve' at top level; it defines: WIDTH, pack" in missing.message
    assert not check("def outer():\n    def solve():\n        pass\n", call="solve").passed
    for source in (
        "def solve(): pass",
        "async def solve(): pass",
        "solve = lambda: 1",
        "from helper import solve",
        "from helper import *",
        "if True:\n    def solve(): pass\n",
    ):
        files = {"candidate.py": source + "\n", "helper.py": "def solve(): pass\n"}
        assert check_program(files, "candidate.py", allowed_imports=(), call="solve").passed, source


def test_protected_definitions_must_stay_but_may_be_reformatted() -> None:
    base = {"candidate.py": "def f(x):\n    return x + 1\n\n\ndef solve():\n    return f(1)\n\nN = 3\n"}

    def verdict(source: str, names: tuple[str, ...] = ("f", "N")):  # type: ignore[no-untyped-def]
        return check(source, base=base, protected=names)

    assert verdict("N = 3\ndef f(x):\n    # why\n    return (x + 1)\n\ndef solve():\n    return 2\n").passed
    changed = verdict("N = 3\ndef f(x):\n    return x + 2\n")
    assert "candidate.py:2: the protected definition 'f' was changed" in changed.message
    assert "'N' was changed" in verdict("N = 4\ndef f(x):\n    return x + 1\n").message
    assert "'f' is gone" in verdict("N = 3\n").message
    # A second binding below the original counts: it is what the module ends up with.
    assert "'f' was changed" in verdict("N = 3\ndef f(x):\n    return x + 1\n\nf = abs\n").message


def test_the_message_counts_further_problems_and_lists_them_from_the_top() -> None:
    verdict = check("def solve():\n    import os\n    eval('1')\n\nimport sys\n")
    assert verdict.message.startswith("candidate.py:2:")
    assert verdict.message.endswith("(and 2 more)")
    assert [p["line"] for p in verdict.details["problems"]] == [2, 3, 5]


def test_files_that_are_no_python_are_only_measured() -> None:
    files = {"candidate.py": "x = 1\n", "notes.md": "import os (not python"}
    assert check_program(files, "candidate.py", allowed_imports=()).passed


def test_it_says_that_it_is_no_wall() -> None:
    assert "first line of advice" in " ".join((static.__doc__ or "").split())
    assert "jail" in (static.__doc__ or "")


def test_the_checks_of_a_large_honest_program_take_milliseconds() -> None:
    source = Path(ast.__file__).read_text(encoding="utf-8")
    start = time.thread_time()
    check(source)
    assert time.thread_time() - start < 1.0


def test_a_harness_of_the_domain_s_own_need_not_call_what_the_default_would() -> None:
    assert required_call("def solve():\n    return 1\n", "solve") == "solve"
    assert required_call("def loss(x):\n    return x\n", "solve") is None
    assert required_call("from other import *\n", "solve") == "solve"
    assert required_call("int main() { return 0; }", "solve") is None
