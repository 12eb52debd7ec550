"""Orders that reach a training program while it runs: read between two steps, and waited for while it is paused.

They come through a pipe with a name (see `gnomon.models.jobs.control`). Nothing is asked in intervals: between two steps
one read says that nothing came, and a pause waits for the pipe itself.
"""

import math
import os
import selectors
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, Literal

from gnomon.models.jobs.control import Orders, make_pipe
from gnomon.models.jobs.folder import JobFolder

End = Literal["stop", "park"]
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Control:
    """Hear what a training program is asked for; a signal to end asks for a stop.

    Args:
        folder: Of the job.
        on_pause: Called when a pause begins, and with `False` when it is over.

    Attributes:
        ends: How it is to end, once it is.
    """

    def __init__(self, folder: JobFolder, on_pause: Callable[[bool], None] = lambda _: None) -> None:
        self.ends: End | None = None
        self._rate: float | None = None
        self._saves = False
        self._paused = False
        self._on_pause = on_pause
        self._descriptor = make_pipe(folder.control)
        self._orders = Orders(self._descriptor)
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        self._before: list[Any] = [signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)]
        self._before += [signal.signal(number, self._signalled) for number in _SIGNALS]

    def look(self) -> None:
        """Take in the orders that came; while it is paused, wait for the next one."""
        self._hear()
        if not self._waits():
            return
        self._on_pause(True)
        with selectors.DefaultSelector() as selector:
            selector.register(self._descriptor, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while self._waits():
                selector.select()
                self._hear()
        self._on_pause(False)

    def _waits(self) -> bool:
        return self._paused and self.ends is None

    def rate_asked(self) -> float | None:
        """Return the learning rate that was asked for since the last time."""
        found, self._rate = self._rate, None
        return found

    def save_asked(self) -> bool:
        """Return whether a checkpoint was asked for since the last time."""
        found, self._saves = self._saves, False
        return found

    def close(self) -> None:
        """Let go of the pipe, and of signals."""
        signal.set_wakeup_fd(self._before[0])
        for number, handler in zip(_SIGNALS, self._before[1:], strict=True):
            signal.signal(number, handler)
        for descriptor in (self._descriptor, self._woken, self._wake):
            os.close(descriptor)

    def _hear(self) -> None:
        for order in self._orders.read():
            what = order["do"]
            if what in ("stop", "park"):
                self.ends = what
            elif what in ("pause", "resume"):
                self._paused = what == "pause"
            elif what == "checkpoint":
                self._saves = True
            elif _is_rate(order.get("lr")):
                self._rate = float(order["lr"])

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.ends and number == signal.SIGINT:
            raise KeyboardInterrupt  # whoever asks twice does not want to wait for the end of the step
        self.ends = "stop"


def _is_rate(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0
