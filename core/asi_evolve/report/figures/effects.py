"""What each change carries: the loss of value when it is set back alone, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from asi_evolve.report.ablation import Effect
from asi_evolve.report.figures.axes import drawable, escape, labels, picture, ticks
from asi_evolve.report.text import signed


def effects_chart(effects: Sequence[Effect], *, name: str, width: int) -> str:
    """Bars from zero: to the right what the value loses without the change, to the left what it gains.

    Args:
        effects: Those with a loss are drawn, in the given order.
        name: Of the horizontal axis; any text.
        width: Of the picture.
    """
    shown = [effect for effect in effects if effect.loss is not None]
    ends = [0.0]
    for effect in shown:
        loss, error = drawable(effect.loss or 0.0), drawable(effect.stderr or 0.0)
        ends += [loss - error, loss + error]
    low, high = min(ends), max(ends)
    if not high - low > 1e-300:
        high = low + 1.0
    # Room on the right for the figure at the end of the longest bar.
    left, right, row = 12, 84, 40
    base = 14 + row * len(shown)

    def x(value: float) -> float:
        return round(left + (width - left - right) * ((drawable(value) - low) / (high - low)), 1)

    parts = []
    marks = ticks(low, high, 6 if width > 500 else 3)
    for value, text in zip(marks, labels(marks), strict=True):
        parts.append(f'<line class="grid" x1="{x(value)}" x2="{x(value)}" y1="6" y2="{base}"/>')
        parts.append(f'<text x="{x(value)}" y="{base + 16}" text-anchor="middle">{text}</text>')
    most = int((width - 30) / 6.5)
    for index, effect in enumerate(shown):
        top = 8 + row * index
        loss = effect.loss or 0.0
        words = f"{effect.name}: {effect.after} set back to {effect.before}"
        words = words if len(words) <= most else words[: most - 3] + "..."
        parts.append(f'<text class="ink" x="{left}" y="{top + 12}">{escape(words)}</text>')
        start, end = sorted((x(0.0), x(loss)))
        kind = "bar" if loss >= 0 else "harm"
        parts.append(
            f'<rect class="{kind}" x="{start}" y="{top + 17}" width="{max(end - start, 1):.1f}" height="10" rx="1.5"/>'
        )
        beside = max(x(0.0), end, x(loss + (effect.stderr or 0.0))) + 6
        parts.append(f'<text x="{beside}" y="{top + 26}">{signed(loss)}</text>')
        if effect.stderr:
            a, b, y = x(loss - effect.stderr), x(loss + effect.stderr), top + 22
            parts.append(f'<path class="err" d="M{a} {y}H{b}M{a} {y - 3}v6M{b} {y - 3}v6"/>')
    parts.append(f'<line class="axis" x1="{x(0.0)}" x2="{x(0.0)}" y1="6" y2="{base}"/>')
    parts.append(f'<text class="ink" x="{left}" y="{base + 34}">{escape(name)}</text>')
    alt = f"{name}: {len(shown)} changes set back one at a time"
    return picture(parts, width, base + 42, alt)
