"""``check FILE``: the executed checks on a layer of yours, in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from asi_evolve import Check, UsageError, Verdict

if TYPE_CHECKING:
    import numpy as np
    from asi_evolve.sandbox import Sandbox


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws the checks' inputs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list of verdicts instead of lines.")
def check(file: Path, seed: int, as_json: bool) -> None:
    """Check a mixer: shapes, causality, gradients, size, work.

    FILE defines class Mixer(d_model, heads). It runs in the sandbox and nowhere else. Exit status 0 if every check
    passes, 1 if one refuses it.
    """
    try:
        source = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UsageError(f"{file}: {reason}; give the path of a Python file with class Mixer(d_model, heads)") from None
    verdicts = check_source(source, seed)
    if as_json:
        click.echo(json.dumps([{"check": v.check, "passed": v.passed, "message": v.message} for v in verdicts]))
    else:
        for verdict in verdicts:
            click.echo(f"{'ok  ' if verdict.passed else 'FAIL'} {verdict.check:<10} {verdict.message}".rstrip())
    if not all(verdict.passed for verdict in verdicts):
        raise click.exceptions.Exit(1)


def check_source(source: str, seed: int = 0) -> list[Verdict]:
    """A verdict of each check on a program, all of them even if one refuses it.

    Raises:
        UsageError: If the sandbox is not to be had here.
    """
    import numpy as np
    from asi_evolve.sandbox import Sandbox

    from asi_evolve_arch_search.checks import checks
    from asi_evolve_arch_search.declaration import HARNESS, KERNELS, SHAPE

    made = checks(SHAPE)
    draws = np.random.default_rng(seed).spawn(len(made))
    with Sandbox(libraries=("numpy", "torch", KERNELS), harness=HARNESS) as box:
        return [_one(box, each, source, rng) for each, rng in zip(made, draws, strict=True)]


def _one(box: Sandbox, each: Check, source: str, rng: np.random.Generator) -> Verdict:
    from asi_evolve_arch_search.declaration import HARNESS
    from asi_evolve_arch_search.programs import ENTRY

    outcome = box.run({ENTRY: source}, ENTRY, each.inputs(rng), harness=HARNESS, limits=each.limits, backend="torch")
    if outcome.status != "ok" or not isinstance(outcome.value, dict):
        reason = " ".join(outcome.error.split()) or "nothing came back"
        return Verdict(each.name, False, f"{outcome.status}: {reason}")
    return each.judge(outcome.value)
