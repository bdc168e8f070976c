"""A plot's frame in SVG: scales, round ticks, axes with their names, a legend that wraps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from asi_evolve.report.text import printable

T = TypeVar("T")

#: Values beyond this are drawn at it: the difference of two values, and the room above them, must be numbers too.
_LARGEST = 1e307
#: Differences below this cannot be divided into steps any more.
_SMALLEST = 1e-300

#: Widths of pictures, in user units: for a page, and for a phone.
WIDE, NARROW = 760, 360

#: Colours are told apart with any colour vision (Okabe and Ito 2008, "Color Universal Design"); shapes differ too.
STYLE = """
svg.fig{--ink:#1f2328;--soft:#59636e;--grid:#e4e7eb;--own:#0072b2;--best:#0072b2;--control:#d55e00;--bad:#8a5a00;
--other:#a0588a;--faint:#c3cad2;--paper:#fff;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
@media (prefers-color-scheme:dark){svg.fig{--ink:#e6e9ed;--soft:#9ba6b2;--grid:#2c333b;--own:#56b4e9;--best:#56b4e9;
--control:#f08a3c;--bad:#e0b050;--other:#d79ac3;--faint:#4a545f;--paper:#14181d}}
@media print{svg.fig{--ink:#000;--soft:#444;--grid:#ddd;--own:#0072b2;--best:#0072b2;--control:#d55e00;--bad:#8a5a00;
--other:#a0588a;--faint:#bbb;--paper:#fff}}
svg.fig text{fill:var(--soft);font-variant-numeric:tabular-nums}svg.fig text.ink{fill:var(--ink)}
svg.fig .grid{stroke:var(--grid)}svg.fig .axis{stroke:var(--soft)}svg.fig path,svg.fig polyline{fill:none}
svg.fig .dot{stroke:var(--own);stroke-width:5;stroke-linecap:round;stroke-opacity:.45}
svg.fig .seed{stroke:var(--ink);stroke-width:2}svg.fig .human,svg.fig .llm{stroke:var(--other)}
svg.fig .cut{stroke:var(--own);stroke-width:1.5}svg.fig .best{stroke:var(--best);stroke-width:2.2}
svg.fig .control{stroke:var(--control);stroke-width:1.6;stroke-dasharray:6 3;stroke-opacity:.9}
svg.fig .bad{stroke:var(--bad);stroke-width:1.4}svg.fig .low{stroke:var(--own);stroke-width:1.2}
svg.fig .edge{stroke:var(--faint);stroke-width:1}svg.fig .line{stroke:var(--best);stroke-width:2.2}
svg.fig .node{fill:var(--paper);stroke:var(--best);stroke-width:2}
svg.fig .target{stroke:var(--soft);stroke-dasharray:2 3}
svg.fig .dim{stroke:var(--faint);stroke-width:4;stroke-linecap:round}svg.fig .bar{fill:var(--own)}
svg.fig .paper{fill:var(--paper)}svg.fig .harm{fill:var(--control)}svg.fig .err{stroke:var(--ink);stroke-width:1.4}
""".replace("\n", "")


def escape(text: str) -> str:
    """Any text for SVG, as content or in an attribute: control characters are made visible, they are no XML."""
    out = printable(text, keep_newlines=False)
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        out = out.replace(char, entity)
    return out


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About ``count`` round numbers (1, 2 or 5 times a power of ten apart) from ``low`` to ``high``.

    The step is the smallest such that no more than ``count`` + 1 fit (Heckbert, "Nice Numbers for Graph Labels",
    Graphics Gems, 1990).
    """
    span = high - low
    if not span > _SMALLEST:
        return [low]
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def labels(values: Sequence[float]) -> list[str]:
    """Ticks as text, all with the digits that tell them apart."""
    if not values:
        return []
    step = values[1] - values[0] if len(values) > 1 else 0.0
    largest = max(abs(value) for value in values)
    if largest >= 1e6 or (largest and largest < 1e-4):
        return [f"{value:.4g}" for value in values]
    digits = max(0, min(12, -math.floor(math.log10(step) + 1e-9))) if step > 0 else 4
    return [f"{value:.{digits}f}".replace("-0." + "0" * digits, "0." + "0" * digits) for value in values]


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot's place and scales."""

    width: int
    height: int
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    left: int = 64
    right: int = 14
    top: int = 30
    bottom: int = 42

    @property
    def base(self) -> int:
        """The height of the horizontal axis."""
        return self.height - self.bottom

    def x(self, value: float) -> float:
        """Horizontal place of a value."""
        low, high = self.x_range
        return round(self.left + (self.width - self.left - self.right) * ((value - low) / (high - low)), 1)

    def y(self, value: float) -> float:
        """Vertical place of a value; within the plot, so that what lies outside sits on its edge."""
        low, high = self.y_range
        share = min(max((drawable(value) - low) / (high - low), 0.0), 1.0)
        return round(self.base - (self.base - self.top) * share, 1)

    def axes(self, x_name: str, y_name: str, *, whole: bool = False) -> list[str]:
        """Grid, ticks and names; ``whole`` allows whole numbers on the horizontal axis only."""
        right = self.width - self.right
        out = [f'<text class="ink" x="2" y="14">{escape(_short(y_name, self.width))}</text>']
        y_ticks = ticks(*self.y_range)
        for value, text in zip(y_ticks, labels(y_ticks), strict=True):
            y = self.y(value)
            out.append(f'<line class="grid" x1="{self.left}" x2="{right}" y1="{y}" y2="{y}"/>')
            out.append(f'<text x="{self.left - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
        x_ticks = ticks(*self.x_range, count=8 if self.width > 500 else 4)
        if whole:
            x_ticks = [value for value in x_ticks if value == int(value)]
        for value, text in zip(x_ticks, labels(x_ticks), strict=True):
            out.append(f'<text x="{self.x(value)}" y="{self.base + 17}" text-anchor="middle">{text}</text>')
        out.append(f'<line class="axis" x1="{self.left}" x2="{right}" y1="{self.base}" y2="{self.base}"/>')
        out.append(f'<text class="ink" x="{right}" y="{self.base + 34}" text-anchor="end">{escape(x_name)}</text>')
        return out


#: A mark of the legend: its class, its path (around 0, 0) and what it means.
Mark = tuple[str, str, str]


def legend(marks: Iterable[Mark], width: int, top: float) -> tuple[list[str], float]:
    """The legend's elements from ``top`` on, wrapped to ``width``, and where it ends."""
    out: list[str] = []
    x, y = 12.0, top
    for name, path, text in marks:
        # Seven units for a letter: generous for any sans-serif at 12.
        needed = 42 + 7 * len(text)
        if x > 12 and x + needed > width:
            x, y = 12.0, y + 20
        out.append(f'<path class="{name}" transform="translate({x + 8:.0f} {y - 4:.0f})" d="{path}"/>')
        out.append(f'<text x="{x + 24:.0f}" y="{y:.0f}">{escape(text)}</text>')
        x += needed
    return out, y + 8


def picture(parts: Sequence[str], width: int, height: float, alt: str) -> str:
    """The ``<svg>`` element; its looks are those of :data:`STYLE`."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fig" viewBox="0 0 {width} {height:.0f}" role="img" '
        f'aria-label="{escape(alt)}">{"".join(parts)}</svg>'
    )


def standalone(svg: str) -> str:
    """A picture with its own looks, for a file."""
    head, close, rest = svg.partition(">")
    return f'{head}{close}<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff" class="paper"/>{rest}'


def drawable(value: float) -> float:
    """The value, or the nearest that can be drawn."""
    return max(-_LARGEST, min(_LARGEST, float(value)))


def corners(points: Iterable[tuple[float, float | None]], end: float) -> list[tuple[float, float]]:
    """The corners of the best-so-far staircase through ``(place, value)`` in order, drawn on to ``end``."""
    out: list[tuple[float, float]] = []
    best: float | None = None
    for place, value in points:
        if value is not None and (best is None or value > best):
            if best is not None:
                out.append((place, best))
            out.append((place, value))
            best = value
    if best is not None:
        out.append((end, best))
    return out


def limits(values: Sequence[float], must: Sequence[float] = ()) -> tuple[float, float, int]:
    """The range of the vertical axis, and how many of ``values`` lie below it.

    Where the lowest twentieth would take more than half of the height, it is cut off, so that the rest can be seen.

    Args:
        values: What is drawn as dots.
        must: What has to be inside (lines).
    """
    every = sorted(drawable(value) for value in (*values, *must))
    if not every:
        return 0.0, 1.0, 0
    low, high = every[0], every[-1]
    ordered = sorted(values)
    if len(ordered) >= 20:
        floor = ordered[len(ordered) // 20]
        if floor - low > 0.5 * (high - low):
            low = floor - 0.08 * (high - floor)
    pad = next(room for room in (0.04 * (high - low), 0.05 * abs(high), 1.0) if room > _SMALLEST)
    low, high = low - pad, high + pad
    return low, high, sum(value < low for value in values)


def thinned(marks: list[T], most: int) -> list[T]:
    """At most about ``most`` of ``marks``, evenly: more cannot be told apart and make the page slow."""
    return marks[:: max(1, -(-len(marks) // most))]


def _short(text: str, width: int) -> str:
    most = int((width - 10) / 7)
    return text if len(text) <= most else text[: most - 3] + "..."
