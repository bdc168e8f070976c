"""Which imports a candidate may make: the standard library's safe part, the backend's libraries, its own files."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Sequence

from asi_evolve.errors import did_you_mean

#: Modules of the standard library that compute and hold data, and reach nothing outside the process.
SAFE_STDLIB = frozenset(
    {
        "__future__",
        "abc",
        "array",
        "bisect",
        "calendar",
        "cmath",
        "collections",
        "colorsys",
        "contextlib",
        "copy",
        "copyreg",
        "dataclasses",
        "datetime",
        "decimal",
        "difflib",
        "enum",
        "fractions",
        "functools",
        "graphlib",
        "hashlib",
        "heapq",
        "html",
        "itertools",
        "json",
        "logging",
        "math",
        "numbers",
        "operator",
        "pprint",
        "queue",
        "random",
        "re",
        "reprlib",
        "statistics",
        "string",
        "struct",
        "textwrap",
        "time",
        "traceback",
        "types",
        "typing",
        "unicodedata",
        "warnings",
        "weakref",
        "zlib",
    }
)

#: Parts of allowed libraries that start compilers or load machine code by path.
REFUSED_SUBMODULES = frozenset({"numpy.ctypeslib", "numpy.distutils", "numpy.f2py"})

#: Why a module of the standard library is refused; all others get a general word.
REASONS = {
    "asyncio": "a candidate has no network and no event loop",
    "builtins": "name the built-in itself",
    "ctypes": "machine code cannot be called",
    "importlib": "import the module by an import statement",
    "inspect": "solve the task itself",
    "multiprocessing": "a candidate is one process",
    "os": "files, environment and processes are out of reach",
    "pathlib": "files are out of reach",
    "pickle": "data comes as arguments and goes back as the result",
    "socket": "there is no network",
    "subprocess": "a candidate is one process",
    "sys": "arguments, exit and the interpreter are out of reach",
    "tempfile": "files are out of reach",
    "threading": "threads are set by the limits, not by the candidate",
    "urllib": "there is no network",
}


def import_problem(
    node: ast.Import | ast.ImportFrom, allowed: Sequence[str], local: Collection[str] = frozenset()
) -> str:
    """What is wrong with an import statement, in words; empty if nothing is.

    Args:
        node: the statement.
        allowed: importable names beside the safe standard library: ``scipy`` allows ``scipy.optimize`` too,
            ``scipy.optimize`` allows only itself and what is below it.
        local: modules that are files of the program.
    """
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return "relative import: import the program's other files by their plain names"
        module = node.module or ""
        if module.partition(".")[0] == "asi_evolve":
            return _of_asi_evolve(module, [alias.name for alias in node.names])
        for alias in node.names:
            problem = _module_problem(module, allowed, local) or _refused_part(f"{module}.{alias.name}")
            if problem:
                return problem
        return ""
    for alias in node.names:
        if alias.name.partition(".")[0] == "asi_evolve":
            return _of_asi_evolve(alias.name, [])
        problem = _module_problem(alias.name, allowed, local)
        if problem:
            return problem
    return ""


def _of_asi_evolve(module: str, names: list[str]) -> str:
    if module in {"asi_evolve", "asi_evolve.markers"} and names == ["tunable"]:
        return ""
    return "of asi_evolve a candidate may import one name: from asi_evolve import tunable"


def _module_problem(module: str, allowed: Sequence[str], local: Collection[str]) -> str:
    top = module.partition(".")[0]
    if _refused_part(module):
        return _refused_part(module)
    if top in SAFE_STDLIB or any(module == name or module.startswith(f"{name}.") for name in allowed):
        return ""
    if top in sys.stdlib_module_names:  # before the program's own files: os.py beside the entry is still os
        reason = REASONS.get(top, "it reaches outside the candidate or is not needed by one")
        return f"import of {module!r} is refused: {reason}"
    if top in local:
        return ""
    names = ", ".join(sorted(allowed)) or "none"
    near = did_you_mean(top, [*allowed, *SAFE_STDLIB])
    return f"import of {module!r} is refused: it is not among the libraries of this backend ({names}){near}"


def _refused_part(module: str) -> str:
    for name in REFUSED_SUBMODULES:
        if module == name or module.startswith(f"{name}."):
            return f"import of {module!r} is refused: machine code cannot be loaded or compiled"
    return ""
