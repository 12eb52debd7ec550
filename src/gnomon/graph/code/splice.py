"""Changes of lines in a text, made all at once; everything else stays as it is, byte for byte."""

import ast
import io
import re
import tokenize
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Comment:
    """Hold a comment.

    Args:
        text: From its `#` on.
        row: Its line, from 1.
        is_alone: Whether nothing stands before it.
    """

    text: str
    row: int
    is_alone: bool


def comments(text: str) -> list[Comment]:
    """Return the comments of Python, in order."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [
        Comment(each.string, each.start[0], not each.line[: each.start[1]].strip())
        for each in tokens
        if each.type == tokenize.COMMENT
    ]


@dataclass(slots=True)
class Splice:
    """Gather changes of lines.

    Args:
        lines: The text.
    """

    lines: list[str]
    replaced: dict[int, tuple[int, list[str]]] = field(default_factory=dict)
    added: dict[int, list[str]] = field(default_factory=dict)

    def replace(self, first: int, last: int, new: list[str]) -> None:
        """Put lines in the place of some, these counted from 1 and including the last; comments between them stay."""
        self.replaced[first] = (last, [*self._within(first, last, new), *new])

    def _within(self, first: int, last: int, new: list[str]) -> list[str]:
        """Return the comments of lines that new ones stand for, if these have them not."""
        if first == last or not new:
            return []
        own = "\n".join(new)
        indent = " " * (len(new[0]) - len(new[0].lstrip()))
        rows = comments("\n".join(self.lines)) if "#" in "".join(self.lines[first - 1 : last]) else []
        return [f"{indent}{each.text}" for each in rows if first <= each.row <= last and each.text not in own]

    def add(self, after: int, new: list[str]) -> None:
        """Put lines behind a line; 0 is in front of all."""
        self.added.setdefault(after, []).extend(new)

    def text(self) -> str:
        """Return the text with all changes."""
        out = list(self.added.get(0, []))
        row = 1
        while row <= len(self.lines):
            last, new = self.replaced.get(row, (row, [self.lines[row - 1]]))
            out += new
            for each in range(row, last + 1):
                out += self.added.get(each, [])
            row = last + 1
        return "\n".join(out)

    def stands_alone(self, node: ast.stmt) -> bool:
        """Return whether a statement shares its lines with no other."""
        first, last = self.lines[node.lineno - 1], self.lines[(node.end_lineno or node.lineno) - 1]
        before = first.encode()[: node.col_offset].decode(errors="ignore")
        return not before.strip() and self.behind(node) is not None and not last.rstrip().endswith("\\")

    def behind(self, node: ast.stmt) -> str | None:
        """Return the comment behind a statement, with the space before it; `None` when something else stands there."""
        last = self.lines[(node.end_lineno or node.lineno) - 1]
        rest = last.encode()[node.end_col_offset or 0 :].decode(errors="ignore")
        return rest.rstrip() if re.fullmatch(r"\s*(#.*)?", rest) else None
