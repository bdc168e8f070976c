"""Memory that hides: what a process maps and shares counts, whether the kernel shows it as resident or not."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys

import pytest
from asi_evolve.sandbox import meter

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def test_shared_pages_out_of_view_count():
    before = meter.shared(os.getpid())
    with mmap.mmap(-1, 32 << 20) as area:
        for at in range(0, len(area), 4096):
            area[at] = 1
        area.madvise(mmap.MADV_DONTNEED)
        assert meter.shared(os.getpid()) - before >= 32 << 20
    assert meter.shared(os.getpid()) == before


def test_unlinked_files_count_as_disk(tmp_path):
    path = tmp_path / "file"
    assert meter.unlinked(os.getpid(), str(tmp_path), 1 << 30) == 0
    with path.open("wb") as file:
        file.write(os.urandom(1 << 20))
        file.flush()
        os.fsync(file.fileno())
        path.unlink()
        assert meter.disk(str(tmp_path)) == (0, 0)
        assert 1 << 20 <= meter.unlinked(os.getpid(), str(tmp_path), 1 << 30) < 2 << 20


def test_a_file_that_only_a_mapping_holds_counts_in_full(tmp_path):
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    path = tmp_path / "file"
    path.write_bytes(bytes(1 << 20))
    handle = os.open(path, os.O_RDWR)
    address = libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, handle, 0)
    os.close(handle)
    path.unlink()
    try:
        assert meter.unlinked(os.getpid(), str(tmp_path), 8 << 20) == 8 << 20
    finally:
        libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(4096))
    assert meter.unlinked(os.getpid(), str(tmp_path), 8 << 20) == 0


def test_the_clock_of_another_process_is_exact():
    pid = os.fork()
    if pid == 0:
        sum(range(10**9))
        os._exit(0)
    try:
        first = meter.cpu_clock(pid)
        while meter.cpu_clock(pid) < first + 0.02:
            pass
        assert meter.status(pid)["Threads"] == 1
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    assert meter.cpu_clock(pid) == 0.0
    assert meter.status(pid) == {}
