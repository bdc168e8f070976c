"""The report's pictures: SVG drawn from numbers, without a plotting library, scripts or anything that is fetched."""

from __future__ import annotations
