"""What shows itself in a notebook: a widget where one can be, HTML when saved, text in a terminal."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

from gnomon.core.errors import MissingExtraError

if TYPE_CHECKING:
    from gnomon.sdk.notebook.widgets import LiveWidget

VIEW: Final = "application/vnd.jupyter.widget-view+json"


class Shown(ABC):
    """Give a class the methods by which Jupyter, VS Code and marimo ask how to show it."""

    __slots__ = ()

    @abstractmethod
    def _repr_html_(self) -> str:
        """Return it as HTML that needs nothing else, every text in it escaped."""

    @abstractmethod
    def _new_widget(self) -> "LiveWidget":
        """Return a widget that shows it."""

    def widget(self) -> "LiveWidget":
        """Return a live widget (an `anywidget`), to be put into a layout of other widgets.

        Raises:
            MissingExtraError: anywidget is not installed, or this installation has no built web interface.
        """
        try:
            return self._new_widget()
        except ImportError as error:
            msg = "widget() needs anywidget. Install gnomon[notebook]."
            raise MissingExtraError(msg) from error

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ARG002
        """Return every form at once: the notebook picks the first that it can show, and saves the others."""
        still = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            widget = self.widget()
            widget.shown()
            found = widget._repr_mimebundle_()
        except MissingExtraError:
            return still, {}
        data, metadata = found or ({}, {})
        return {**still, **{kind: value for kind, value in data.items() if kind == VIEW}}, metadata

    def _display_(self) -> object:
        """Return what marimo shows in the place of this."""
        try:
            widget = self.widget()
            widget.shown()
        except MissingExtraError:
            return Still(self._repr_html_())
        return widget


class Still:
    """Hold HTML for whoever asks for it."""

    def __init__(self, html: str) -> None:
        self._html = html

    def _repr_html_(self) -> str:
        return self._html
