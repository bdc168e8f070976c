"""Place 20 points on a sphere so that the two nearest are as far apart as possible (the Tammes problem)."""

import math

from asi_evolve import Backend, Block, Domain, Objective, Score, Slot, hookimpl

N = 20

RANDOM = '''\
def start(n):
    """Random directions."""
    rng = np.random.default_rng(tunable(0, low=0, high=999))
    return rng.normal(size=(n, 3))
'''

SPIRAL = '''\
def start(n):
    """A spiral from pole to pole that turns by the golden angle."""
    z = 1.0 - (2.0 * np.arange(n) + 1.0) / n * tunable(1.0, low=0.9, high=1.0)
    angle = np.arange(n) * np.pi * (3.0 - np.sqrt(5.0))
    r = np.sqrt(1.0 - z * z)
    return np.column_stack([r * np.cos(angle), r * np.sin(angle), z])
'''

NOTHING = '''\
def spread(points):
    """Leave them where they are."""
    return points
'''

REPEL = '''\
def spread(points):
    """Points push each other away, the nearest the most; the steps become smaller and smaller."""
    power = tunable(2.0, low=1.0, high=12.0)
    step = tunable(0.05, low=0.01, high=0.5, log=True)
    count = tunable(100, low=20, high=1000, log=True)
    for i in range(count):
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
        away = points[:, None, :] - points[None, :, :]
        distance = np.linalg.norm(away, axis=2) + np.eye(len(points))
        push = (away / distance[:, :, None] ** (power + 1.0)).sum(axis=1)
        points = points + step * (1.0 - i / count) * push / np.linalg.norm(push, axis=1).max()
    return points
'''

IMPORTS = ("import numpy as np", "from asi_evolve import tunable")

SEED = f"""\
import numpy as np
from asi_evolve import tunable


{RANDOM}

{NOTHING}

def solve():
    return {{"points": spread(start({N}))}}
"""


@hookimpl
def domain():
    return Domain(
        name="sphere",
        title=f"{N} points on a sphere, far apart",
        task_markdown=f"Return {N} points (rows of x, y, z). The smallest angle between two of them is to be large.",
        objective=Objective("smallest angle", unit="degrees"),
        call="solve",
        slots=(Slot("start"), Slot("spread")),
        backends={
            "numpy": Backend(
                seeds={"random": {"candidate.py": SEED}},
                blocks=(
                    Block("random", "start", RANDOM, IMPORTS),
                    Block("spiral", "start", SPIRAL, IMPORTS),
                    Block("nothing", "spread", NOTHING),
                    Block("repel", "spread", REPEL, IMPORTS),
                ),
            )
        },
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
