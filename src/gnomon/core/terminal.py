"""One line of a terminal: what carriage returns, backspaces and erasing leave of what was written, and its lines as they end.

Text runs are kept as they are; only what moves the cursor is acted on. Colours (SGR) stay in the text, every other escape
sequence is dropped. Columns are characters. This module imports next to nothing: it is loaded into training processes.
"""

import re
from typing import Final

MAX_LINE: Final = 16_384
"""Characters of a line, escape sequences included; a longer one goes on in the next."""

ERASE: Final = "\r\x1b[K"
"""Begins a piece that says anew what the line it is in holds."""

_MOVES: Final = re.compile(r"[\r\b\x1b]")
_TOKENS: Final = re.compile(
    r"(?P<sgr>\x1b\[[0-9;:]*m)|(?P<erase>\x1b\[(?P<how>[0-2]?)K)|(?P<return>\r)|(?P<back>\x08)"
    r"|(?P<other>\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\Z)|\x1b[ -/]*[0-~]?)",
    re.DOTALL,
)
_SIMPLE: Final = re.compile(r"\r|\x08|[^\r\x08]+")
_STYLES: Final = re.compile(r"\x1b\[[0-9;:]*m")


def is_plain(text: str) -> bool:
    """Tell whether text has nothing in it that moves the cursor or looks like it."""
    return _MOVES.search(text) is None


def bare(text: str) -> str:
    r"""Return text without its colours.

    Example:
        >>> bare("\x1b[31mred\x1b[0m ink")
        'red ink'
    """
    return _STYLES.sub("", text) if "\x1b" in text else text


class Line:
    r"""The line a stream is writing.

    Args:
        text: What it holds already.
        column: Where the cursor stands in it, at its end when it is `None`.

    Example:
        >>> line = Line()
        >>> line.feed("epoch 1\n 10%\r 55%")
        ['epoch 1']
        >>> line.text
        ' 55%'
    """

    __slots__ = ("_at", "_cells", "_moved", "_style", "_text")

    def __init__(self, text: str = "", column: int | None = None) -> None:
        self._text = text  # while nothing but plain text moved the cursor
        self._at = len(text) if column is None else min(column, len(text))
        self._moved = self._at < len(text)
        self._cells: list[tuple[str, str]] | None = None  # (colours, character), once both colours and moves came
        self._style = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written to it yet."""
        return not self._text and self._cells is None and not self._moved

    @property
    def column(self) -> int:
        """Where the next character goes."""
        return self._at

    @property
    def text(self) -> str:
        """What stands in the line."""
        text = self._text if self._cells is None else _joined(self._cells, self._style)
        return text.rstrip(" ") if self._moved else text

    def feed(self, text: str) -> list[str]:
        """Write `text`; return the lines that it ended, without their line feeds."""
        if self.is_empty and is_plain(bare(text)):  # as nearly all is
            *ended, self._text = text.split("\n")
            self._at = len(self._text)
            if max(map(len, ended), default=0) <= MAX_LINE and self._at <= MAX_LINE:
                return ended
            self._text, self._at = "", 0
        *ended, rest = text.replace("\r\n", "\n").split("\n")
        lines = [finished for part in ended for finished in (*self._write(part), self.end())]
        return lines + self._write(rest)

    def end(self) -> str:
        """Return the line, and begin an empty one."""
        text = self.text
        self._text, self._at, self._moved, self._cells, self._style = "", 0, False, None, ""
        return text

    def _write(self, part: str) -> list[str]:
        """Write what has no line feed in it; return the full lines it made."""
        if self._cells is None and not self._moved and not _MOVES.search(bare(part)):
            self._text += part
            self._at = len(self._text)
            return self._wrap() if self._at > MAX_LINE else []
        if self._cells is None and "\x1b" not in part and "\x1b" not in self._text:
            self._overwrite(part)
            return self._wrap() if len(self._text) > MAX_LINE else []
        return self._draw(part)

    def _overwrite(self, part: str) -> None:
        """Write over plain text."""
        self._moved = True
        for piece in _SIMPLE.findall(part):
            if piece == "\r":
                self._at = 0
            elif piece == "\b":
                self._at = max(0, self._at - 1)
            else:
                end = self._at + len(piece)
                self._text = self._text[: self._at] + piece + self._text[end:]
                self._at = end

    def _wrap(self) -> list[str]:
        text = self.end()
        full = [text[i : i + MAX_LINE] for i in range(0, len(text), MAX_LINE)]
        self._text = full.pop() if full else ""
        self._at = len(self._text)
        return full

    def _draw(self, part: str) -> list[str]:
        """Write over coloured text."""
        if self._cells is None:
            kept, at, moved = self._text, self._at, self._moved
            self._text, self._cells, self._at, self._moved = "", [], 0, True
            self._draw(kept)
            self._at = at if moved else self._at
        place = 0
        for token in _TOKENS.finditer(part):
            self._put(part[place : token.start()])
            place = token.end()
            self._act(token)
        self._put(part[place:])
        return self._wrap() if len(self._cells) > MAX_LINE else []

    def _put(self, run: str) -> None:
        if run:
            assert self._cells is not None
            at, cells = self._at, self._cells
            cells[at : at + len(run)] = [(self._style, each) for each in run]
            self._at = at + len(run)

    def _act(self, token: re.Match[str]) -> None:
        assert self._cells is not None
        match token.lastgroup:
            case "sgr":
                self._style = _styled(self._style, token.group())
            case "return":
                self._at = 0
            case "back":
                self._at = max(0, self._at - 1)
            case _:
                if token.group("erase") is not None:
                    self._erase(token.group("how"))

    def _erase(self, how: str) -> None:
        assert self._cells is not None
        if how in ("", "0"):
            del self._cells[self._at :]
        else:
            end = len(self._cells) if how == "2" else self._at + 1
            self._cells[:end] = [("", " ")] * min(end, len(self._cells))
            if how == "2":
                del self._cells[self._at :]


def _styled(style: str, sgr: str) -> str:
    """Return what is in force after a colour sequence; a reset forgets what came before."""
    if sgr in ("\x1b[m", "\x1b[0m", "\x1b[00m"):
        return ""
    return (style + sgr)[-256:] if not sgr.startswith("\x1b[0;") else sgr


def _joined(cells: list[tuple[str, str]], style: str) -> str:
    """Return cells as text that gives each its colours, and goes on in `style`."""
    parts, now = [], ""
    for colours, character in cells:
        if colours != now:
            parts.append(("\x1b[0m" if now else "") + colours)
            now = colours
        parts.append(character)
    if now != style:
        parts.append(("\x1b[0m" if now else "") + style)
    return "".join(parts)
