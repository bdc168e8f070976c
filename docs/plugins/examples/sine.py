"""Approximate sin(x) on [0, pi/2] by a polynomial with three terms, with a maximum error as small as possible."""

import math

from asi_evolve import Backend, Block, Domain, Objective, Score, Slot, hookimpl

IMPORT = "from asi_evolve import tunable"

TAYLOR = '''\
def coefficients():
    """c1 * x + c3 * x**3 + c5 * x**5, started at the Taylor series."""
    c1 = tunable(1.0, low=0.9, high=1.1)
    c3 = tunable(-0.1667, low=-0.2, high=-0.1)
    c5 = tunable(0.0083, low=0.0, high=0.02)
    return {"c1": c1, "c3": c3, "c5": c5}
'''

SEED = f"{IMPORT}\n\n\n{TAYLOR}"


@hookimpl
def domain():
    return Domain(
        name="sine",
        title="A cheap sine: three coefficients",
        task_markdown="Choose c1, c3 and c5 so that c1*x + c3*x^3 + c5*x^5 is close to sin(x) on [0, pi/2].",
        objective=Objective("correct digits"),
        call="coefficients",
        slots=(Slot("coefficients"),),
        backends={
            "numpy": Backend(
                seeds={"taylor": {"candidate.py": SEED}},
                blocks=(Block("taylor", "coefficients", TAYLOR, imports=(IMPORT,)),),
            )
        },
    )


@hookimpl
def score(execution):
    try:
        c1, c3, c5 = (float(execution.outputs[name]) for name in ("c1", "c3", "c5"))
    except (KeyError, TypeError, ValueError) as error:
        return Score(value=None, valid=False, feedback=f"coefficients() must return c1, c3 and c5: {error!r}")
    if not all(map(math.isfinite, (c1, c3, c5))):
        return Score(value=None, valid=False, feedback="a coefficient is not finite")
    points = [i * math.pi / 2 / 2000 for i in range(2001)]
    errors = [abs(c1 * x + c3 * x**3 + c5 * x**5 - math.sin(x)) for x in points]
    worst = max(max(errors), 1e-16)
    where = points[errors.index(max(errors))]
    return Score(
        value=-math.log10(worst),
        valid=True,
        metrics={"max_error": worst},
        feedback=f"the error is largest at x = {where:.3f}",
    )
