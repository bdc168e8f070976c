"""The error for a file that cannot be written."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from asi_evolve.errors import UsageError


def cannot_write(option: str, path: Path, error: OSError) -> UsageError:
    """The error for a file that an option names and that could not be written, with the mend if it is plain."""
    folder = path.parent
    if isinstance(error, FileNotFoundError) and not folder.exists():
        mend = f"make it first: mkdir -p {quote(str(folder))}"
        return UsageError(f"{option} {path}: the folder {folder} does not exist; {mend}")
    return UsageError(f"{option} {path}: cannot be written: {error.strerror or error}")
