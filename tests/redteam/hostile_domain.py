"""A domain whose programs return and say what could harm the run, the store, the terminal, the report or a spreadsheet."""

from __future__ import annotations

from asi_evolve import Backend, Domain, Limits, Objective, Proposal, Score, Stage, hookimpl

#: Escape sequences, mark-up, a formula, a link and a picture that would be fetched.
NASTY = "=1+1 \x1b[31m\x1b]0;owned\x07 <script>alert(1)</script><img src=x onerror=alert(2)> ](javascript:alert(3)) ![p](http://evil.invalid/p.png) [bold]b[/bold] \u202e\u2028 | `c`"

#: Name -> body of solve().
BODIES = {
    "complex": "return {'x': 1.0, 'z': 1j, 'all': [complex(1, 2), complex('nan')]}",
    "complex_when_cut_short": "import logging, struct\n    h = b'{\"emit\":{\"x\":1.5,\"z\":{\"$c\":[1,2]}}}'\n    logging.os.write(4, struct.pack('<II', len(h), 0) + h)\n    while True: pass",
    "nul": "return {'x': 2.0, 's': 'a\\0b', 'k\\0': 1}",
    "reserved_keys": "return {'x': 2.0, '$float': 'zz', '$array': 9, '$complex': 1, '$$': {'$a': 1}, 'n': {'$float': 'q'}, 'm': {'$array': 1}, 'c': {'$complex': 'x'}}",
    "integers": "return {'x': 2.0, 'i': 2**63, 'j': -2**64 + 1}",
    "smallest": "return {'x': 5e-324}",
    "largest": "return {'x': 1.7e308}",
    "lowest": "return {'x': -1.7e308}",
    "negative_zero": "return {'x': -0.0}",
    "infinite": "return {'x': float('inf'), 'n': float('nan')}",
    "bool": "return {'x': True}",
    "integer_value": "return {'x': 10**19}",
    "odd_arrays": "import numpy as np\n    return {'x': 1.0, 'a': np.float64(3), 'b': np.array(3.0), 'c': np.zeros((0, 2**30, 0)), 'h': np.float16(1), 'f': np.zeros((2,) * 20)[..., ::-1], 'g': np.arange(9.0)[::2], 't': np.zeros((2, 3)).T}",
    "huge_shapes": "import numpy as np\n    return {'x': 1.0, 'c': np.zeros((0, 2**31)), 'd': np.zeros((2**31, 0))}",
    "keys": "return {'x': 1.0, '\\u202e\\x1b[31m': 1, '': 2, 'a' * 100000: 3, '\\n': 4, '/../../etc/passwd': 5}",
    "nothing": "return None",
    "a_list": "return [1, 2, 3]",
    "deep": "d = {'x': 1.0}\n    e = d\n    for _ in range(28):\n        e['n'] = {}\n        e = e['n']\n    return d",
    "words": f"print({NASTY!r})\n    raise RuntimeError({NASTY!r})",
}
ORDER = tuple(BODIES)


@hookimpl
def domain() -> Domain:
    return Domain(
        name="hostile",
        title=NASTY,
        task_markdown="x",
        objective=Objective(NASTY),
        backends={"numpy": Backend(seeds={"plain": {"candidate.py": "def solve():\n    return {'x': 0.5}\n"}}, libraries=("numpy",))},
        stages=(Stage("explore", Limits(wall_s=20, cpu_s=1, memory_mb=512)),),
        rounds=len(ORDER),
    )


@hookimpl
def propose(context, request) -> Proposal:
    name = ORDER[(request.round - 1) % len(ORDER)]
    source = f"def solve():\n    {BODIES[name]}\n# ```\n# </code></pre><script>alert(4)</script>\n"
    return Proposal({"candidate.py": source}, motivation=NASTY, expected_effect=NASTY, notes={NASTY: NASTY})


@hookimpl
def score(context, candidate, execution, hidden) -> Score:
    x = (execution.outputs or {}).get("x")
    if not isinstance(x, (int, float)) or x != x or abs(x) == float("inf"):
        return Score(None, False, feedback=NASTY)
    return Score(float(x), True, metrics={NASTY: 1.0, "=2+2": 2.0}, feedback=NASTY)


@hookimpl
def on_run_start(event) -> None:
    raise SystemExit(NASTY)


@hookimpl
def on_experiment_end(event) -> None:
    """Changes what it was shown as far as that can be, and fails."""
    experiment = event.experiment
    for thing in (experiment.candidate.files, experiment.notes, *([experiment.score.metrics] if experiment.score else [])):
        if isinstance(thing, dict):
            thing.clear()
    raise RuntimeError(NASTY)


@hookimpl
def on_new_best(event) -> None:
    raise KeyError(NASTY)


@hookimpl
def report_sections(run) -> list[tuple[str, str]]:
    return [(NASTY, f"{NASTY}\n\n<script>alert(5)</script>\n\n[a](javascript:alert(6)) [b](data:text/html;base64,eA==) ![c](file:///etc/passwd)\n")]
