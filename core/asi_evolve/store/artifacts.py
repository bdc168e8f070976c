"""Returned data on disk, by content: ``DATABASE.artifacts/AB/ABCDEF....npz``.

A file is written under a temporary name, synced and renamed before the commit that refers to it, so that a row
never points at half a file. Equal data is kept once. Files are never unpickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from asi_evolve.errors import NotFoundError
from asi_evolve.records import Array, Data
from asi_evolve.store.jsonio import plain, restore

#: How the names of unfinished files begin.
_HALF = ".tmp-"


def pack(value: Data) -> bytes:
    """``value`` as the bytes of an ``.npz``: member ``json`` is the structure, ``a0``, ``a1``, ... the arrays.

    Raises:
        TypeError: if it holds anything but JSON values and numeric arrays.
    """
    arrays: list[Array] = []

    def put(array: Array) -> int:
        arrays.append(array)
        return len(arrays) - 1

    text = json.dumps(plain(value, put), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    members: dict[str, Any] = {"json": np.frombuffer(text.encode("utf-8"), dtype=np.uint8)}
    members |= {f"a{i}": array for i, array in enumerate(arrays)}
    buffer = io.BytesIO()
    np.savez(buffer, **members)
    return buffer.getvalue()


def unpack(data: bytes) -> Data:
    """The inverse of :func:`pack`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as members:
        return restore(json.loads(members["json"].tobytes().decode("utf-8")), lambda i: members[f"a{int(i)}"])


def content_hash(data: bytes) -> str:
    """SHA-256 of ``data``, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class ArtifactFolder:
    """The folder beside a database. Nothing is created before the first write."""

    def __init__(self, database: Path) -> None:
        self.root = database.with_name(database.name + ".artifacts")

    def clear(self) -> None:
        """Remove what a killed process left half-written. Only the owner of the database may do this."""
        with contextlib.suppress(OSError):  # no folder yet, or one that may not be changed: it does no harm
            for path in self.root.glob(f"{_HALF}*"):
                path.unlink()

    def path(self, sha256: str) -> Path:
        """Where the artifact of that hash lies."""
        return self.root / sha256[:2] / f"{sha256}.npz"

    def write(self, items: Iterable[tuple[str, bytes]]) -> None:
        """Put (hash, bytes) pairs on disk, durably: files, then the folders that name them.

        Raises:
            OSError: if the disk is full or not writable.
        """
        folders: set[Path] = set()
        for sha256, data in items:
            target = self.path(sha256)
            if target.exists():
                continue
            for folder in (self.root, target.parent):
                if not folder.exists():
                    folder.mkdir(parents=True, exist_ok=True)
                    folders.add(folder.parent)
            # In the root, where clear() finds it without a look into each folder.
            handle, name = tempfile.mkstemp(dir=self.root, prefix=_HALF)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            folders.add(target.parent)
        for folder in sorted(folders):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def read(self, sha256: str) -> Data:
        """The data of an artifact.

        Raises:
            NotFoundError: if the file is missing or is not what its name says.
        """
        path = self.path(sha256)
        try:
            data = path.read_bytes()
        except OSError as exc:
            raise NotFoundError(f"the stored output {path} cannot be read ({exc.strerror}); run it again") from exc
        if content_hash(data) != sha256:
            raise NotFoundError(f"the stored output {path} is damaged (its hash differs); run the experiment again")
        return unpack(data)
