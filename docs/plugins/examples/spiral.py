"""The smallest domain: a program with two marked numbers, and a score. Points on a sphere, far apart."""

import math

from asi_evolve import Backend, Domain, Objective, Score, hookimpl

N = 20

SEED = f'''\
import numpy as np
from asi_evolve import tunable


def solve():
    """A spiral from pole to pole."""
    turn = tunable(2.0, low=1.0, high=3.0)
    margin = tunable(1.0, low=0.1, high=2.0)
    i = np.arange({N})
    z = 1.0 - 2.0 * (i + margin) / ({N} - 1 + 2.0 * margin)
    angle = turn * i
    r = np.sqrt(1.0 - z * z)
    return {{"points": np.column_stack([r * np.cos(angle), r * np.sin(angle), z])}}
'''


@hookimpl
def domain():
    return Domain(
        name="spiral",
        title=f"{N} points on a sphere, far apart",
        task_markdown=f"Return {N} points (rows of x, y, z). The smallest angle between two of them is to be large.",
        objective=Objective("smallest angle", unit="degrees"),
        call="solve",
        backends={"numpy": Backend(seeds={"spiral": {"candidate.py": SEED}})},
    )


@hookimpl
def score(execution):
    import numpy as np

    points = execution.outputs.get("points")
    if not isinstance(points, np.ndarray) or points.shape != (N, 3) or points.dtype.kind != "f":
        return Score(value=None, valid=False, feedback=f"solve() must return points as float64[{N}, 3]")
    lengths = np.linalg.norm(points, axis=1)
    if not np.isfinite(points).all() or not (lengths > 1e-6).all():
        return Score(
            value=None, valid=False, feedback="a point is not finite, or is the origin, which has no direction"
        )
    directions = points / lengths[:, None]
    cosines = directions @ directions.T
    np.fill_diagonal(cosines, -1.0)
    angle = math.degrees(math.acos(min(1.0, cosines.max())))
    first, second = sorted(int(i) for i in np.unravel_index(cosines.argmax(), cosines.shape))
    return Score(value=angle, valid=True, feedback=f"points {first} and {second} are the nearest")
