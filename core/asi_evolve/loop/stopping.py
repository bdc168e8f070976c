"""Ctrl-C, SIGTERM, SIGHUP: the first Ctrl-C lets the rounds in flight finish, a second one or the others stop now."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

#: Seconds that telling of one thing may take after a stop.
_PATIENCE_S = 3.0


class Unheard(BaseException):
    """Raised in the main thread when it must stop waiting for whoever it tells of the run. No observer catches it."""


class StopSignals:
    """Handles signals while the run is on; a no-op outside the main thread.

    Args:
        softly: Called with (reason, exit code) at the first Ctrl-C.
        now: Called with (reason, exit code) at the second Ctrl-C, at SIGTERM, or when the terminal goes away.
        note: Told what to say to the person who pressed it.
    """

    telling = 0
    """Number of what the main thread is telling of the run just now; 0 while it is not. A reader that stopped reading
    can hold it there for ever; if it is still there some time after a stop, :class:`Unheard` is raised in it."""

    def __init__(
        self, softly: Callable[[str, int], None], now: Callable[[str, int], None], note: Callable[[str], None]
    ) -> None:
        self._softly, self._now, self._note = softly, now, note
        self._presses = 0
        self._stuck = False
        self._over = False
        self._leaving = threading.Lock()
        self._old: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                # Started with nohup, a run outlives its terminal.
                if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                    continue
                self._old[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        # A signal that frees the main thread must not come when its handler is gone: it would end the process.
        with self._leaving:
            self._over = True
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._stuck:
            self._stuck = False
            if self.telling:
                raise Unheard
            return
        # The locks that these calls take may be held by the interrupted main thread only while it tells
        # progress, which never calls back; still, work is handed to a thread so that no handler can block.
        if number != signal.SIGINT:
            name = signal.Signals(number).name
            self._note(f"Stopping now ({name}). The run can be resumed.")
            self._stop(f"Stopped by {name}.", 128 + number)
            return
        self._presses += 1
        if self._presses == 1:
            self._note("Finishing the rounds in flight; press Ctrl-C again to stop now.")
            _in_thread(self._softly, "Stopped by Ctrl-C.", 130)
        else:
            self._note("Stopping now. The run can be resumed.")
            self._stop("Stopped by Ctrl-C.", 130)

    def _stop(self, reason: str, exit_code: int) -> None:
        _in_thread(self._now, reason, exit_code)
        _in_thread(self._free, signal.SIGTERM)

    def _free(self, number: signal.Signals) -> None:
        """Get the main thread out of where nobody listens to it."""
        before = self.telling
        time.sleep(_PATIENCE_S)
        with self._leaving:
            if before and self.telling == before and not self._over:
                self._stuck = True
                signal.pthread_kill(threading.main_thread().ident or 0, number)


def _in_thread(call: Callable[..., None], *args: Any) -> None:
    threading.Thread(target=call, args=args, daemon=True).start()
