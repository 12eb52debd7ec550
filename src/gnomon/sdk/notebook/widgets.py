"""The widgets: what is shown goes to the page as one trait, what the page asks comes back as another.

They talk to the kernel only; whether that reads a folder or a server far away is its affair.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from gnomon.core.errors import GnomonError, MissingExtraError
from gnomon.sdk.notebook.follow import Follower

EVERY_S: Final = 2.0
BUILT: Final = Path(__file__).parents[2] / "static/widgets"


class LiveWidget(anywidget.AnyWidget):
    """Show something and follow it while somebody looks.

    Args:
        script: Name of the script of the web interface that draws it.
        every_s: Seconds between two readings.
        traits: First values.

    Raises:
        MissingExtraError: The web interface was not built.
    """

    beat = traitlets.Int(0).tag(sync=True)
    """The page counts here while it shows the widget, and writes 0 when it no longer does."""

    note = traitlets.Unicode("").tag(sync=True)
    """What went wrong when it was read last."""

    def __init__(self, script: str, every_s: float = EVERY_S, **traits: Any) -> None:
        self._esm = _script(script)
        self._follower = Follower(self._again, every_s)
        super().__init__(**traits)
        self.observe(self._beaten, "beat")

    def refresh(self) -> None:
        """Read again, now."""
        self._again()

    def close(self) -> None:
        """Stop following and take the widget away."""
        self._follower.stop()
        super().close()

    def shown(self) -> None:
        """Begin to follow at once where a page will show it: the next cell may keep the kernel from hearing the page."""
        if type(self.comm).__name__ != "DummyComm":
            self._follower.seen()

    @property
    def is_following(self) -> bool:
        """Whether it is read again every so often."""
        return self._follower.is_following

    def _beaten(self, change: Any) -> None:
        if change["new"] > 0:
            self._follower.seen()
        else:
            self._follower.stop()

    def _again(self) -> bool:
        """Read once; what cannot be read is said, and asked for again the next time."""
        try:
            more = self._refresh()
        except GnomonError as error:
            self.note = str(error)
            return True
        except Exception as error:  # noqa: BLE001 - a lab that was closed, in the words of whatever it is made of
            self.note = f"Not followed any more: {type(error).__name__}: {error}"
            return False
        self.note = ""
        return more

    def _refresh(self) -> bool:
        """Read what is shown and set it; tell whether there may be more to come."""
        raise NotImplementedError


class TableWidget(LiveWidget):
    """Show a table that Python makes anew: a leaderboard, or runs.

    Args:
        script: `leaderboard` or `runs`.
        content: The table as JSON.
        again: Reads it once more; `None` when it cannot be.
    """

    content = traitlets.Unicode("").tag(sync=True)

    def __init__(self, script: str, content: str, again: Callable[[], str] | None) -> None:
        self._read = again
        super().__init__(script, content=content)

    def _refresh(self) -> bool:
        if self._read is None:
            return False
        before, self.content = self.content, self._read()
        if self.content != before:
            self._follower.touch()
        return True


class ChartWidget(LiveWidget):
    """Show lines; the page asks for the part and the width that it draws, and gets the extremes of exactly that.

    Args:
        read: Answers `asked` with GNC1 bytes, and tells whether any of the runs still goes on.
        height: Pixels.
    """

    frame = traitlets.Bytes(b"").tag(sync=True)
    asked = traitlets.Dict({"n": 0, "px": 1000, "first": None, "last": None}).tag(sync=True)
    height = traitlets.Int(260).tag(sync=True)

    def __init__(self, read: Callable[[dict[str, Any]], tuple[bytes, bool]], height: int, every_s: float) -> None:
        self._read = read
        frame, _ = read({"n": 0, "px": 1000, "first": None, "last": None})
        super().__init__("chart", every_s, frame=frame, height=height)
        self.observe(self._asked, "asked")

    def _asked(self, change: Any) -> None:  # noqa: ARG002 - traitlets calls it so
        self._again()

    def _refresh(self) -> bool:
        before = self.frame
        self.frame, goes_on = self._read(dict(self.asked))
        if self.frame != before:
            self._follower.touch()
        return goes_on


def _script(name: str) -> str:
    path = BUILT / f"{name}.js"
    try:
        return path.read_text("utf-8")
    except OSError as error:
        msg = f"widget() needs the built web interface ({path.name}). Install a release of gnomon, or run make web."
        raise MissingExtraError(msg) from error
