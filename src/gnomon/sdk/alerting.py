"""What a run tells who looks at it: alerts, kept as safely as numbers, and not too many of them."""

import os
import threading
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Final

import msgspec

from gnomon.core.clock import now_us
from gnomon.core.errors import GnomonError, InputError
from gnomon.core.ids import writer_id
from gnomon.core.limits import OURS
from gnomon.core.records.record_type import Encoded
from gnomon.sdk.notebook.charted import Charted

KEY: Final = f"{OURS}alerts"
LEVELS: Final = ("info", "warning", "error")
AT_ONCE: Final = 20
EVERY_S: Final = 10.0
"""Alerts that may come at once, and how long it takes until one more may."""

_TITLE: Final = 200
_TEXT: Final = 4000


class Alarms:
    """Count the alerts of one process, and say which of them are too many.

    Args:
        clock: Microseconds.
    """

    def __init__(self, clock: Callable[[], int] = now_us) -> None:
        self.pid, self.writer = os.getpid(), writer_id()
        self._clock, self._lock = clock, threading.Lock()
        self._left, self._at = float(AT_ONCE), clock()
        self._counts: dict[str, int] = {}
        self._held_back = 0

    def take(self, level: str) -> tuple[dict[str, int], int] | None:
        """Return the counts by level with this one, and how many were held back since the last; `None` holds it back."""
        with self._lock:
            now = self._clock()
            self._left = min(AT_ONCE, self._left + max(0, now - self._at) / 1e6 / EVERY_S)
            self._at = now
            if self._left < 1:
                self._held_back += 1
                return None
            self._left -= 1
            held_back, self._held_back = self._held_back, 0
            self._counts[level] = self._counts.get(level, 0) + 1
            return dict(self._counts), held_back


class Alerting(Charted):
    """Give a run the method `alert`."""

    __slots__ = ()

    @property
    @abstractmethod
    def step(self) -> int:
        """Step of the last call of `log`."""

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether what is logged is written anywhere."""

    @abstractmethod
    def keep(self, key: str, encoded: Encoded, step: int = 0) -> None:
        """Write a record of ours."""

    @abstractmethod
    def lose(self, count: int, cause: str, error: GnomonError) -> None:
        """Count values that could not be had, and say why once."""

    @abstractmethod
    def _change(self, fields: dict[str, Any]) -> None:
        """Change fields of the run."""

    def alert(self, title: str, text: str = "", level: str = "info", *, step: int | None = None) -> None:
        """Tell whoever looks at the run: on its page, in the table of runs, in `gnomon show`.

        It is in the journal when this returns, as what is logged is. Twenty may come at once and one more every ten
        seconds; what is more is left out, and the next one says how many those were. Never raises (but see `strict`).

        Args:
            title: What happened, up to 200 characters.
            text: What there is to know about it, up to 4,000.
            level: `info`, `warning` or `error`.
            step: Where it belongs; the last one when `None`.

        Example:
            >>> import gnomon
            >>> with gnomon.init(mode="disabled") as run:
            ...     run.alert("Validation is worse than chance", "accuracy 0.08 of 10 classes", level="warning")
        """
        if not self.is_open:
            return
        try:
            self._alert(str(title)[:_TITLE], str(text), level, max(0, self.step) if step is None else int(step))
        except GnomonError as error:
            self.lose(1, "alert", error)
        except Exception as error:  # noqa: BLE001 - `str` of anybody's object may raise anything, and training goes on
            self.lose(1, "alert", GnomonError(f"alert: {type(error).__name__}: {error!s:.200}. It is left out."))

    def _alert(self, title: str, text: str, level: str, step: int) -> None:
        if level not in LEVELS:
            self.lose(0, "alert level", _unknown(level))
            level = "info"
        mine = self.__dict__.get("_alarms")
        if mine is None or mine.pid != os.getpid():
            mine = self.__dict__["_alarms"] = Alarms()
        taken = mine.take(level)
        if taken is None:
            return
        counts, held_back = taken
        if held_back:
            text = f"{text}\n({held_back} alerts before this one were too many and are left out.)".lstrip()
        kept = {"title": title, "text": text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}…", "level": level}
        self.keep(KEY, Encoded("json", {"level": level}, msgspec.json.encode(kept)), step)
        self._change({"alerts": {mine.writer: counts}})


def _unknown(level: object) -> InputError:
    msg = f"level: expected one of {', '.join(LEVELS)}, received {level!r:.40}. It is told as info."
    return InputError(msg, field="level")
