"""Starting up is cheap: no heavy library is imported until something needs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("duckdb", "anthropic", "numpy", "rich", "scipy", "torch", "jax", "pyarrow", "matplotlib", "pandas")

#: CPU seconds. The aim is 0.15; the margin is for a slow and busy machine.
LIMIT_S = 0.4

IMPORT = "import asi_evolve"
HELP = (
    "import sys; sys.argv = ['asievolve', '--help']\n"
    "from asi_evolve.cli import main\n"
    "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
)


def measured(code: str) -> tuple[set[str], float]:
    """Top-level modules that ``code`` loads, and the CPU seconds of its process above a bare interpreter's."""
    script = (
        "import json, sys, time\n"
        "start = time.process_time()\n"
        f"{code}\n"
        "print(json.dumps([sorted({n.partition('.')[0] for n in sys.modules}), time.process_time() - start]), "
        "file=sys.stderr)"
    )
    best: tuple[set[str], float] | None = None
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        modules, seconds = json.loads(done.stderr.splitlines()[-1])
        if best is None or seconds < best[1]:
            best = (set(modules), seconds)
    assert best is not None
    return best


@pytest.mark.parametrize("code", [IMPORT, HELP], ids=["import", "help"])
def test_it_is_quick_and_imports_nothing_heavy(code: str, record_property: pytest.RecordProperty) -> None:
    modules, seconds = measured(code)
    record_property("cpu_seconds", seconds)
    assert not modules & set(HEAVY)
    assert seconds < LIMIT_S, f"{seconds * 1000:.0f} ms CPU"


def test_the_check_would_notice_a_heavy_import() -> None:
    assert "numpy" in measured("import numpy")[0]


def test_listing_the_domains_imports_none_of_them() -> None:
    modules, _ = measured("from asi_evolve.plugins import available_domains; assert available_domains()")
    assert not any(name.startswith("asi_evolve_") for name in modules)
    assert not modules & set(HEAVY)


def test_the_public_names_are_all_importable() -> None:
    import asi_evolve

    assert set(asi_evolve.__all__) == {"__version__", *asi_evolve._EXPORTS}
    for name in asi_evolve.__all__:
        assert getattr(asi_evolve, name) is not None


def test_the_package_says_that_it_is_typed() -> None:
    import asi_evolve

    assert (Path(asi_evolve.__file__).parent / "py.typed").is_file()
