"""Which execution may start now: device slots and a memory ceiling for all executions together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Resources:
    """Hands out devices and memory, first come first served, never more than there is.

    Strictly in turn: a job that needs much memory is not overtaken for ever by small ones that always find room.

    Args:
        workers: Executions that may run at once on the CPU.
        gpus: Number of devices ``cuda:0`` to ``cuda:N-1``; 0 means CPU only.
        slots_per_gpu: Executions that may share one device.
        memory_mb: Ceiling for the sum of the jobs' memory limits; 0 means none.
    """

    def __init__(self, *, workers: int, gpus: int = 0, slots_per_gpu: int = 1, memory_mb: int = 0) -> None:
        self._condition = threading.Condition()
        self._cpu_free = workers
        self._gpu_free = {f"cuda:{i}": slots_per_gpu for i in range(gpus)}
        self._memory_total = memory_mb
        self._memory_used = 0
        self._waiting: deque[object] = deque()

    @contextmanager
    def lease(self, *, memory_mb: int) -> Iterator[str]:
        """Wait for a slot and for memory; yields the device (``cpu`` or ``cuda:N``).

        A job that asks for more memory than the whole ceiling is let through alone: its own limit still holds.
        """
        ticket = object()
        with self._condition:
            self._waiting.append(ticket)
            try:
                while True:
                    device = self._free_device() if self._waiting[0] is ticket else None
                    if device is not None and self._memory_fits(memory_mb):
                        break
                    self._condition.wait()
                self._take(device, -1)
                self._memory_used += memory_mb
            finally:
                self._waiting.remove(ticket)
                self._condition.notify_all()
        try:
            yield device
        finally:
            with self._condition:
                self._take(device, +1)
                self._memory_used -= memory_mb
                self._condition.notify_all()

    def _free_device(self) -> str | None:
        if not self._gpu_free:
            return "cpu" if self._cpu_free > 0 else None
        # The least loaded device, the lowest number among equals.
        name, free = max(self._gpu_free.items(), key=lambda item: item[1])
        return name if free > 0 else None

    def _memory_fits(self, memory_mb: int) -> bool:
        if not self._memory_total or self._memory_used == 0:
            return True
        return self._memory_used + memory_mb <= self._memory_total

    def _take(self, device: str, change: int) -> None:
        if device == "cpu":
            self._cpu_free += change
        else:
            self._gpu_free[device] += change
