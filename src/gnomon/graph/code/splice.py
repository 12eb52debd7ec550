"""Changes of lines in a text, made all at once; everything else stays as it is, byte for byte."""

import ast
import re
from dataclasses import dataclass, field


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
        """Put lines in the place of some, these counted from 1 and including the last."""
        self.replaced[first] = (last, new)

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
