"""The report in words: each file puts one subject into blocks of plain text; ``build.py`` puts them in order."""

from __future__ import annotations
