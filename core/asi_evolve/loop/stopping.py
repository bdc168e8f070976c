"""Ctrl-C and SIGTERM: the first Ctrl-C lets the rounds in flight finish, a second one or SIGTERM stops now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


class StopSignals:
    """Handles signals while the run is on; a no-op outside the main thread.

    Args:
        softly: Called with (reason, exit code) at the first Ctrl-C.
        now: Called with (reason, exit code) at the second Ctrl-C, or at SIGTERM.
        note: Told what to say to the person who pressed it.
    """

    def __init__(
        self, softly: Callable[[str, int], None], now: Callable[[str, int], None], note: Callable[[str], None]
    ) -> None:
        self._softly, self._now, self._note = softly, now, note
        self._presses = 0
        self._old: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._old[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        # The locks that these calls take may be held by the interrupted main thread only while it tells
        # progress, which never calls back; still, work is handed to a thread so that no handler can block.
        if number == signal.SIGTERM:
            self._note("Stopping now (SIGTERM). The run can be resumed.")
            _in_thread(self._now, "Stopped by SIGTERM.", 143)
            return
        self._presses += 1
        if self._presses == 1:
            self._note("Finishing the rounds in flight; press Ctrl-C again to stop now.")
            _in_thread(self._softly, "Stopped by Ctrl-C.", 130)
        else:
            self._note("Stopping now. The run can be resumed.")
            _in_thread(self._now, "Stopped by Ctrl-C.", 130)


def _in_thread(call: Callable[[str, int], None], reason: str, exit_code: int) -> None:
    threading.Thread(target=call, args=(reason, exit_code), daemon=True).start()
