"""The small domain of ``scale.py``: four slots, cheap blocks, five metrics, two features. Loaded by its path."""

from __future__ import annotations

from asi_evolve import Backend, Block, Domain, Feature, Limits, Objective, Score, Slot, Stage, hookimpl

SLOTS = ("base", "factor", "bonus", "finish")
BODIES = (
    "x * tunable(1.1, low=0.5, high=2.0)",
    "x + tunable(1.0, low=0.0, high=5.0)",
    "abs(x - tunable(2.0, low=0.0, high=9.0))",
    "x - tunable(0.5, low=0.0, high=1.0) * x",
)
SEED = (
    '"""Four parts that are applied one after the other."""\nfrom asi_evolve import tunable\n\n\n'
    + "".join(f"def {slot}(x):\n    return {BODIES[i]}\n\n\n" for i, slot in enumerate(SLOTS))
    + "def solve():\n    x = finish(bonus(factor(base(1.0))))\n"
    + '    return {"x": x, "parts": [base(1.0), factor(2.0), bonus(x)]}\n'
)


@hookimpl
def domain() -> Domain:
    """The problem: make x large."""
    blocks = tuple(
        Block(f"{slot}_{i}", slot, f"def {slot}(x):\n    return {body}\n")
        for slot in SLOTS
        for i, body in enumerate(BODIES)
    )
    return Domain(
        name="scale",
        title="Four parts",
        task_markdown="Make x large.",
        objective=Objective("x"),
        backends={"numpy": Backend(seeds={"plain": {"candidate.py": SEED}}, blocks=blocks, libraries=("math",))},
        slots=tuple(Slot(name) for name in SLOTS),
        stages=(Stage("explore", Limits(wall_s=20, cpu_s=5, memory_mb=512)),),
        features=(Feature("size", 0.0, 40.0, 12), Feature("spread", 0.0, 20.0, 12)),
        rounds=24,
    )


@hookimpl
def score(context, candidate, execution, hidden) -> Score:  # type: ignore[no-untyped-def]
    """The value is x."""
    x, parts = float(execution.outputs["x"]), [float(p) for p in execution.outputs["parts"]]
    metrics = {"x": x, "smallest": min(parts), "largest": max(parts), "mean": sum(parts) / 3, "length": 3.0}
    features = {"size": abs(x), "spread": max(parts) - min(parts)}
    return Score(x, True, metrics=metrics, features=features, feedback=f"The parts gave {parts[0]:.3g} to {x:.3g}.")
