"""Records that no longer fit in memory, where reading them again is quick.

Reading an old record from the database takes a query, about a millisecond of processor time (nine queries and 10 to
20 ms if an older version recorded it); a sampler that goes back to old experiments would wait for it several times in
each round. So what a process drops from its cache goes to an unnamed file beside the database, packed, and comes back
in a quarter of a millisecond. The file ends with the process. It is a cache: whatever goes wrong with it costs time,
never data.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import shutil
import tempfile
from pathlib import Path
from typing import IO

import numpy as np

from asi_evolve.history.columns import Column
from asi_evolve.history.ids import Ids
from asi_evolve.store.codec import Encoded
from asi_evolve.store.packing import pack, unpack

#: The file grows no further than this, bytes.
LARGEST = 2 * 1024**3
#: With less room than this on the disk, bytes, it is given up: what is left belongs to the database.
LEAST_FREE = 256 * 1024**2

log = logging.getLogger("asi_evolve.store")


class Spill:
    """A store of encoded records by id. Not thread-safe: the store calls it under its lock."""

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        self._folder = folder
        self._largest = largest
        self._file: IO[bytes] | None = None
        self._end = 0
        self._ids = Ids()
        self._count = 0
        self._places = Column(np.int64)  # start of each record, by number; then its length, 0 for none
        self._sizes = Column(np.int32)

    def __contains__(self, experiment_id: str) -> bool:
        number = self._ids.find(experiment_id)
        return number is not None and bool(self._sizes.array[number])

    def put(self, encoded: Encoded) -> None:
        """Keep a record, in place of an earlier one of the same id."""
        if self._end >= self._largest:
            return
        data = pack(encoded)
        try:
            if shutil.disk_usage(self._folder).free < LEAST_FREE:
                raise OSError(errno.ENOSPC, "the room is left to the database")
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix=".asi-evolve-", dir=self._folder)  # noqa: SIM115
            self._file.seek(self._end)
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            log.debug("records are not spilled: %s", error)
            self.close()
            return
        number = self._ids.find(encoded.experiment_id)
        if number is None:
            number = self._count
            suffix = encoded.experiment_id.rpartition(".")[2]
            self._ids.add(number, encoded.experiment_id, int(suffix) if suffix.isdecimal() and suffix.isascii() else 0)
            self._count += 1
            self._places.reserve(self._count)
            self._sizes.reserve(self._count)
        self._places.array[number], self._sizes.array[number] = self._end, len(data)
        self._end += len(data)

    def get(self, experiment_id: str) -> Encoded | None:
        """The record of that id, or None."""
        number = self._ids.find(experiment_id)
        if number is None or not self._sizes.array[number] or self._file is None:
            return None
        try:
            self._file.seek(int(self._places.array[number]))
            data = self._file.read(int(self._sizes.array[number]))
        except OSError as error:
            log.debug("a spilled record cannot be read: %s", error)
            data = b""
        found = unpack(data, experiment_id.rpartition(".")[0])
        if found is None:
            self.discard(experiment_id)
        return found

    def discard(self, experiment_id: str) -> None:
        """Forget a record."""
        number = self._ids.find(experiment_id)
        if number is not None:
            self._sizes.array[number] = 0

    def close(self) -> None:
        """Let go of the file, which takes its content along."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
        self._ids, self._count, self._largest = Ids(), 0, 0
