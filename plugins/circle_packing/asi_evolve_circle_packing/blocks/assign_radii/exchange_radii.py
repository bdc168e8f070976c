"""Greedy radii improved by exchange: a circle shrinks where two or more neighbours gain.

Cognition: hifi-mhallah-2009-review
Cost: 1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import distances, wall_room


def assign_radii(centers: np.ndarray, width: float) -> np.ndarray:
    """Local search over radii: shrink one circle by a step, let its neighbours fill the slack, keep what gains."""
    rounds = tunable(2, 1, 4)
    step = tunable(0.2, 0.05, 0.6)
    room = np.maximum(wall_room(centers, width), 0.0)
    d = distances(centers)
    radii = np.minimum(room, d.min(axis=1) / 2.0)
    for i in np.argsort(-room, kind="stable"):
        radii[i] = max(radii[i], min(room[i], float((d[i] - radii).min())))
    for turn in range(rounds):
        for i in range(len(centers)):
            trial = radii.copy()
            trial[i] *= 1.0 - step / (1.0 + turn)
            near = np.flatnonzero(d[i] < radii[i] + radii + 1e-9)
            for j in near:
                trial[j] = max(trial[j], min(room[j], float((d[j] - trial).min())))
            trial[i] = max(trial[i], min(room[i], float((d[i] - trial).min())))
            if trial.sum() > radii.sum() + 1e-12:
                radii = trial
    return radii
