"""The trusted scorer: looks at returned data, which may be wrong in every way."""

import numpy as np
from asi_evolve import Score


def score_signals(outputs, clean: np.ndarray, noisy: np.ndarray) -> Score:
    """Decibels by which the mean squared error falls below that of the noisy signals."""
    denoised = outputs.get("denoised")
    if not isinstance(denoised, np.ndarray) or denoised.shape != clean.shape or denoised.dtype.kind not in "fiu":
        return Score(value=None, valid=False, feedback=f"denoise() must return one float64[{clean.shape[1]}] a signal")
    if not np.isfinite(denoised).all():
        return Score(value=None, valid=False, feedback="denoise() returned values that are not finite")
    error = np.mean((denoised - clean) ** 2, axis=1)
    before = np.mean((noisy - clean) ** 2, axis=1)
    decibels = 10.0 * np.log10(before / np.maximum(error, 1e-12))
    bends = np.mean(np.diff(denoised, 2) ** 2) / np.mean(np.diff(clean, 2) ** 2)
    return Score(
        value=float(decibels.mean()),
        valid=True,
        metrics={"worst_db": float(decibels.min()), "rmse": float(np.sqrt(error.mean()))},
        features={"roughness": float(np.log10(max(bends, 1e-6)))},
        feedback="rougher than the clean signals: smooth more" if bends > 2 else "smoother than the clean signals",
    )
