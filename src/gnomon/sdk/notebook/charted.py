"""What a run that is being logged can be asked to draw; the work is done where NumPy may be loaded."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gnomon.sdk.notebook.chart import Chart


class Charted(ABC):
    """Give a run the method `chart`."""

    __slots__ = ()

    @property
    @abstractmethod
    def id(self) -> str:
        """Run id."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the run."""

    @property
    @abstractmethod
    def home(self) -> Path:
        """Folder the run is written to."""

    @property
    @abstractmethod
    def url(self) -> str | None:
        """Page of the run on the server it is shipped to."""

    def chart(self, *keys: str, x: str = "step", height: int = 260) -> "Chart":
        """Return a chart that draws itself in a notebook cell, and goes on while the run is logged.

        Show it before the training begins: `display(run.chart("train/loss"))`.

        Args:
            keys: Series to draw.
            x: What runs along the axis: `step`, `time`, `relative`, or another series.
            height: Pixels.

        Raises:
            InputError: No key is given, or one is no key.
        """
        from gnomon.sdk.notebook.chart import Line, chart_of  # noqa: PLC0415 - it brings NumPy
        from gnomon.sdk.notebook.sources import RunSource  # noqa: PLC0415

        server = None if self.url is None else self.url.partition("/p/")[0]
        lines = [Line(self.id, key, key if len(keys) > 1 else self.name) for key in keys]
        return chart_of(RunSource(self.home, server), lines, x, height)
