"""``python -m asi_evolve``: the same as the ``asievolve`` command."""

from __future__ import annotations

import sys

from asi_evolve.cli import main

if __name__ == "__main__":
    sys.exit(main())
