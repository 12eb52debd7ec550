"""What the process prints, captured on its way out: `write` of `sys.stdout` and `sys.stderr` is wrapped, nothing else.

The stream objects stay what they are (`isatty`, `encoding`, `fileno`, references kept by logging handlers), and what is
printed goes where it went, first. Then each line that ended is one record in the journal: what `print` returned from
survives `kill -9`. A line without an end is written when the program flushes it, a few times a second at most, and at the
end. There is no thread, no pipe and no descriptor that could fill up.

What C libraries and other processes write goes past Python and is not captured; `gnomon run -- CMD` captures that too.
"""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gnomon.core.journal import CONSOLE_CHARS
from gnomon.core.terminal import ERASE, MAX_LINE, is_plain
from gnomon.sdk.rows import Rows

if TYPE_CHECKING:
    from gnomon.sdk.run import Run

BURST_BYTES: Final = 16 << 20
BYTES_PER_S: Final = 256 << 10
TOTAL_BYTES: Final = 1 << 30
"""What one process may print into a run: at once, lasting, and in all; each line counts 32 bytes more than it has."""

LAST_LINES: Final = 200
"""Of what is left out, the last ones are kept: they say how it ended."""

_LINE_BYTES: Final = 32
_SHORT: Final = 4096
_MANY: Final = 1000
_AGAIN_BYTES: Final = 256 << 10
_PARTS: Final = 20
_PARTS_PER_S: Final = 2.0
OUT, ERR, OWN = range(3)

_taps: list["Tap"] = []
_runs: list["Run"] = []


def is_wanted() -> bool:
    """Whether consoles are captured; `GNOMON_CONSOLE=off` says no."""
    return os.environ.get("GNOMON_CONSOLE", "").lower() not in ("off", "0", "no")


def begin(run: "Run") -> None:
    """Capture into `run` from now on."""
    for tap in _taps:
        tap.settle()
    _runs.append(run)
    streams = [(OUT, sys.stdout), (ERR, sys.stderr)]
    for number, stream in streams:
        if stream is None or any(tap.stream is stream for tap in _taps):
            continue
        for tap in _taps:  # this stream may write through that one: every line once
            tap.is_on = tap.is_on and tap.number != number
        tap = Tap(number, stream, _tell)
        if tap.hook():
            _taps.append(tap)


def end(run: "Run") -> None:
    """Write what is left for `run`, and capture no more into it."""
    if run not in _runs:
        return
    for tap in _taps:
        tap.settle()
    _runs.remove(run)
    if not _runs:
        for tap in _taps:
            tap.unhook()
        _taps.clear()


def after_fork() -> None:
    """Begin anew in a forked child: what the parent had begun to write is the parent's."""
    for tap in _taps:
        tap.reset()


def _tell(stream: int, text: str) -> None:
    if _runs:
        _runs[-1].tell_console(stream, text)


class Tap:
    """Copy what one stream is given.

    Args:
        number: 0 out, 1 err.
        stream: A text stream.
        tell: Takes the number of a stream and text, as a terminal would get it.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        number: int,
        stream: Any,
        tell: Callable[[int, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.number, self.stream, self.is_on = number, stream, True
        self._tell, self._clock = tell, clock
        self._kept = {
            name: vars(stream)[name] for name in ("write", "flush") if name in getattr(stream, "__dict__", ())
        }
        self._write: Any = getattr(stream, "write", None)
        self._flush: Any = getattr(stream, "flush", None)
        self._begun: list[str] = []
        self._hooks = {"write": self._writing(), "flush": self.flush}
        self.reset()

    def reset(self) -> None:
        """Forget what was begun."""
        self._lock = threading.RLock()
        self._owner = 0
        self._late: list[str] = []
        self._begun.clear()
        self._line = Rows()
        self._part = ""  # of the line, what was written already
        self._budget = _Budget(self._clock)
        self._parts, self._parts_at = float(_PARTS), self._clock()

    def hook(self) -> bool:
        """Wrap the stream; tell whether it lets us."""
        if not callable(self._write) or not callable(self._flush):
            return False
        try:
            for name, hook in self._hooks.items():
                setattr(self.stream, name, hook)
        except (AttributeError, TypeError):  # a stream of somebody's own, with slots
            self.unhook()
            return False
        return True

    def unhook(self) -> None:
        """Leave the stream as it was, unless somebody has wrapped it again since: then only listen no more."""
        self.is_on = False
        for name, hook in self._hooks.items():
            if getattr(self.stream, "__dict__", {}).get(name) == hook:
                if name in self._kept:
                    setattr(self.stream, name, self._kept[name])
                else:
                    delattr(self.stream, name)

    def _writing(self) -> Callable[[str], Any]:
        """Return what takes the place of `write`; only the stream's own errors come through it."""
        write, begun, take = self._write, self._begun, self._guarded
        append = begun.append

        def copying(text: str, /) -> Any:
            written = write(text)
            # `print` writes each of its arguments: they are only kept, which needs no lock, until the line ends.
            if text.__class__ is str and "\n" not in text and len(text) < _SHORT and len(begun) < _MANY:
                append(text)
            else:
                take(text)
            return written

        return copying

    def flush(self) -> None:
        """Flush as the stream does; a line without an end is written too, a few times a second at most."""
        self._flush()
        if self.is_on and (self._begun or not self._line.is_empty):
            self._guarded(None)

    def settle(self) -> None:
        """Write everything that has not been: the open line, which ends here, and what is kept of what was left out."""
        if self.is_on:
            self._guarded("", last=True)

    def copy(self, text: str) -> None:
        """Take what the stream was given by somebody else."""
        self._guarded(text)

    def _guarded(self, text: str | None, *, last: bool = False) -> None:
        """Take text in; a signal handler or a finaliser may print while this thread is in the middle of it."""
        if not self.is_on:
            self._begun.clear()
            return
        here = threading.get_ident()
        if self._owner == here:
            self._late.append(text or "")
            return
        try:
            with self._lock:
                self._owner = here
                try:
                    self._take(text)
                    while self._late:
                        self._take(self._late.pop(0))
                    if last:
                        self._take("\n" * self._line.ends)
                        self._say(*self._budget.empty())
                finally:
                    self._owner = 0
        except Exception:  # noqa: BLE001 - printing must work whatever becomes of the copy
            self._line = Rows()

    def _take(self, text: str | None) -> None:
        begun, n = self._begun, len(self._begun)
        whole = "".join(begun[:n]) + (text or "")
        del begun[:n]  # others may have appended since: not a new list
        if not (self._line.is_empty and self._take_plain(whole)):
            self._take_any(whole)
        if text is None:
            self._write_part()

    def _take_plain(self, text: str) -> bool:
        """Take whole lines without anything special in them, as nearly all are; tell whether these were such."""
        if not text.endswith("\n") or len(text) > MAX_LINE or not is_plain(text):
            return False
        if not self._budget.allows(len(text), text.count("\n")):
            return False
        self._tell(self.number, text)
        return True

    def _take_any(self, text: str) -> None:
        lines = self._line.feed(text)
        if lines:
            head, self._part = (ERASE if self._part else ""), ""
            left_out, kept = self._budget.spend(lines)
            if head and not kept:
                self._tell(self.number, head)
            self._say(left_out, kept, head)

    def _write_part(self) -> None:
        now = self._clock()
        self._parts = min(_PARTS, self._parts + _PARTS_PER_S * (now - self._parts_at))
        self._parts_at = now
        text = self._line.text
        if self._parts >= 1 and text != self._part and self._budget.is_open:
            self._parts -= 1
            self._tell(self.number, (ERASE if self._part else "") + text)
            self._part = text

    def _say(self, left_out: int, lines: list[str], head: str = "") -> None:
        if left_out:
            self._tell(OWN, f"… {left_out:,} lines left out: more than gnomon keeps of what is printed\n")
        if lines:
            text = head + "\n".join(lines) + "\n"
            for i in range(0, len(text), CONSOLE_CHARS):
                self._tell(self.number, text[i : i + CONSOLE_CHARS])


class _Budget:
    """How much may be printed; the last lines of what may not be are kept until there is room again, or the end."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._bytes, self._at = float(BURST_BYTES), clock()
        self._left = TOTAL_BYTES
        self._dropped = 0
        self._last: deque[str] = deque(maxlen=LAST_LINES)

    @property
    def is_open(self) -> bool:
        """Whether lines are written rather than left out."""
        return not self._dropped

    def allows(self, size: int, lines: int) -> bool:
        """Tell whether so many characters in so many lines may be written, and count them; usual when `spend` is not."""
        size += (_LINE_BYTES - 1) * lines
        if self._dropped or size > self._bytes or size > self._left:
            return False
        self._bytes -= size
        self._left -= size
        return True

    def spend(self, lines: list[str]) -> tuple[int, list[str]]:
        """Return how many lines were left out before what may be written, and that."""
        size = sum(map(len, lines)) + _LINE_BYTES * len(lines)
        if self._dropped or size > self._bytes:
            self._refill()
        # Once closed it stays so for a while, so that a flood leaves a few gaps rather than one for each line.
        if size > min(self._bytes, self._left) or (self._dropped and self._bytes < _AGAIN_BYTES):
            self._dropped += len(lines)
            self._last.extend(lines)
            return 0, []
        self._bytes -= size
        self._left -= size
        if not self._dropped:
            return 0, lines
        left_out, last = self.empty()
        return left_out, [*last, *lines]

    def empty(self) -> tuple[int, list[str]]:
        """Return how many lines were left out for good, and those that were kept."""
        left_out, last = self._dropped - len(self._last), list(self._last)
        self._dropped = 0
        self._last.clear()
        return left_out, last

    def _refill(self) -> None:
        now = self._clock()
        self._bytes = min(BURST_BYTES, self._bytes + BYTES_PER_S * (now - self._at))
        self._at = now
