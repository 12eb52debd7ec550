"""Breaking lines of Python that are too long, where `ruff format` would break them."""

from typing import Final

WIDTH: Final = 100
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}


def wrapped(code: str, indent: int = 0, width: int = WIDTH) -> list[str]:
    """Return the lines of one logical line of code.

    Args:
        code: One statement (or header) on one line, without indentation.
        indent: Spaces in front.
        width: Longest line.

    Example:
        >>> wrapped('x = f(aaaa, bbbb)(y)', width=14)
        ['x = f(', '    aaaa, bbbb', ')(y)']
    """
    if indent + len(code) <= width:
        return [" " * indent + code]
    groups = brackets(code)[: 1 if code.startswith("def ") else None]  # of a header, the parameters
    lines, line, at = [], " " * indent, 0
    for i, (start, end) in enumerate(groups):
        line += code[at : start + 1]
        until = groups[i + 1][0] + 1 if i + 1 < len(groups) else len(code)
        if start + 1 == end or len(line) + until - start - 1 <= width:
            line += code[start + 1 : end + 1]
        else:
            is_call = start > 0 and (code[start - 1].isalnum() or code[start - 1] in "_)]")
            lines += [line, *_content(code[start + 1 : end], code[start], indent + 4, width, is_call=is_call)]
            line = " " * indent + code[end]
        at = end + 1
    return [*lines, line + code[at:]]


def _content(code: str, opens: str, indent: int, width: int, *, is_call: bool) -> list[str]:
    """Return the lines of what stands between brackets: on one line where that fits, else one for each part."""
    parts = split(code)
    is_one = len(parts) == 1 and not code.rstrip().endswith(",") and (opens == "(" or is_call)
    if is_one and not (is_call and opens == "("):  # a comma would make a tuple of it
        return wrapped(parts[0], indent, width)
    if is_call and indent + len(code) <= width and not code.endswith(","):
        return [" " * indent + code]
    if any(" for " in part and not part.startswith(("(", "[", "{", '"', "'")) for part in parts) and len(parts) == 1:
        return wrapped(parts[0], indent, width)
    found = []
    for part in parts:
        *head, last = wrapped(part, indent, width - 1)
        found += [*head, f"{last},"]
    return found


def brackets(code: str) -> list[tuple[int, int]]:
    """Return where the outermost pairs of brackets of a line begin and end."""
    found, depth, begin = [], 0, 0
    for i, char in _outside(code):
        if char in _PAIRS:
            begin = i if depth == 0 else begin
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                found.append((begin, i))
    return found


def split(code: str) -> list[str]:
    """Return the parts of a line between its outermost commas."""
    parts, depth, begin = [], 0, 0
    for i, char in _outside(code):
        depth += (char in _PAIRS) - (char in ")]}")
        if char == "," and depth == 0:
            parts.append(code[begin:i].strip())
            begin = i + 1
    return [part for part in [*parts, code[begin:].strip()] if part]


def _outside(code: str) -> list[tuple[int, str]]:
    """Return the characters of a line that are in no string."""
    found, quote, i = [], "", 0
    while i < len(code):
        char = code[i]
        if quote:
            if char == "\\":
                i += 1
            elif code.startswith(quote, i):
                i += len(quote) - 1
                quote = ""
        elif char in "\"'":
            quote = char * 3 if code.startswith(char * 3, i) else char
            i += len(quote) - 1
        else:
            found.append((i, char))
        i += 1
    return found
