"""Who owns a database at the moment, in words."""

from __future__ import annotations

from pathlib import Path


def live_owner(database: str) -> str | None:
    """The live owner of a database, for example ``run of circle_packing (pid 7, since 12:01 UTC)``; None if nobody."""
    from asi_evolve.store.lock import held_by

    owner = held_by(Path(database).absolute())
    if owner is None:
        return None
    return f"{owner.purpose} (pid {owner.pid}, since {owner.started[:19].replace('T', ' ')} UTC)"
