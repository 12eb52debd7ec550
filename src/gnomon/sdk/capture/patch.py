"""The uncommitted changes of a working tree as one patch that `git apply` takes, bounded and without secrets.

Everything here is bytes: names and contents of files need not be UTF-8. What is left out (binary, too large, looks
like a secret) is named with the reason, because a patch that silently lacks a file would be worse than none.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gnomon.sdk.capture.masking import holds_secret

FILE_BYTES: Final = 512 << 10
TOTAL_BYTES: Final = 2 << 20
_MAX_SKIPPED: Final = 500
_SNIFF: Final = 8000
"""Git's own rule: a file with a NUL among its first 8,000 bytes is binary."""

_SECRET_FILE: Final = re.compile(
    rb"(?i)(?:^|/)(?:\.env(?:\.[^/]*)?|\.netrc|\.pgpass|\.npmrc|\.pypirc|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)"
    rb"|[^/]*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk)|[^/]*(?:credential|secret)s?[^/]*\.(?:json|ya?ml|toml|ini|txt|env)"
    rb"|credentials)$"
)
_ESCAPES: Final = {7: b"a", 8: b"b", 9: b"t", 10: b"n", 11: b"v", 12: b"f", 13: b"r", 34: b'"', 92: b"\\"}
_UNESCAPES: Final = {value[0]: key for key, value in _ESCAPES.items()}


@dataclass(slots=True)
class Patch:
    """Gather the sections of a patch, one for each file.

    Args:
        data: The patch so far.
        files: How many files it changes.
        skipped: Path and reason of what is left out.
        submodules: Paths of submodules that stand at another commit, or in which something is not committed.
    """

    data: bytearray = field(default_factory=bytearray)
    files: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    submodules: list[str] = field(default_factory=list)

    def add(self, path: bytes, section: bytes) -> None:
        """Take one file's changes in, or note why not."""
        reason = _refusal(path, section)
        if reason is None and len(self.data) + len(section) > TOTAL_BYTES:
            reason = f"the diff is longer than {TOTAL_BYTES >> 20} MiB"
        if reason is not None:
            self.skip(path, reason)
            return
        self.data += section
        self.files += 1

    def skip(self, path: bytes, reason: str) -> None:
        """Note what is left out."""
        if len(self.skipped) < _MAX_SKIPPED:
            self.skipped.append({"path": shown(path), "reason": reason})

    def add_tracked(self, lines: Iterable[bytes]) -> None:
        """Take in what `git diff` prints."""
        for section in _sections(lines):
            path = _path_of(section.lines[0])
            head = b"".join(section.lines[:6])
            if b"\nindex " in head and re.search(
                rb"(?m)^(?:index .* |(?:new|deleted) file mode |old mode )160000$", head
            ):
                self.submodules.append(shown(path))
            elif section.is_binary:
                self.skip(path, "binary")
            elif section.is_cut:
                self.skip(path, _too_large())
            else:
                self.add(path, b"".join(section.lines))

    def add_untracked(self, root: bytes, path: bytes) -> None:
        """Take in a file that git does not know."""
        if path.endswith(b"/"):
            self.skip(path, "a repository of its own")
            return
        try:
            section = _new_file(os.path.join(root, path), path)  # noqa: PTH118 - bytes
        except OSError as error:
            self.skip(path, error.strerror or "it cannot be read")
            return
        if isinstance(section, str):
            self.skip(path, section)
        else:
            self.add(path, section)


@dataclass(slots=True)
class _Section:
    lines: list[bytes]
    size: int = 0
    is_binary: bool = False
    is_cut: bool = False


def quoted(path: bytes, prefix: bytes = b"") -> bytes:
    r"""Return a path as git writes it in a patch: in quotes and with escapes where it holds anything odd.

    Example:
        >>> quoted("é.py".encode(), b"b/").decode(), quoted(b"plain name.py", b"b/").decode()
        ('"b/\\303\\251.py"', 'b/plain name.py')
    """
    whole = prefix + path
    if all(32 <= c < 127 and c not in _ESCAPES for c in whole):
        return whole
    return b'"' + b"".join(_escaped(c) for c in whole) + b'"'


def unquoted(text: bytes) -> bytes:
    """Return the path that git wrote in quotes; one without quotes as it is."""
    if not (len(text) > 1 and text[:1] == text[-1:] == b'"'):
        return text
    out, inner, i = bytearray(), text[1:-1], 0
    while i < len(inner):
        if inner[i] != 92:
            out.append(inner[i])
            i += 1
        elif inner[i + 1 : i + 4].isdigit():
            out.append(int(inner[i + 1 : i + 4], 8))
            i += 4
        else:
            out.append(_UNESCAPES[inner[i + 1]])
            i += 2
    return bytes(out)


def shown(path: bytes) -> str:
    """Return a path as text; bytes that are no UTF-8 as question marks."""
    return path.decode("utf-8", "replace")


def is_text(head: bytes) -> bool:
    """Tell whether bytes are text, by git's rule."""
    return b"\0" not in head[:_SNIFF]


def _sections(lines: Iterable[bytes]) -> Iterator[_Section]:
    """Yield what belongs to each file, holding no more of it than may be kept."""
    current: _Section | None = None
    for line in lines:
        # Inside a hunk every line begins with a space or a sign, so this can only be a head.
        if line.startswith(b"diff --git "):
            if current is not None:
                yield current
            current = _Section([])
        if current is None:
            continue
        current.size += len(line)
        current.is_binary |= line.startswith((b"Binary files ", b"GIT binary patch"))
        if current.size <= FILE_BYTES:
            current.lines.append(line)
        else:
            current.is_cut = True
            del current.lines[8:]
    if current is not None:
        yield current


def _path_of(head: bytes) -> bytes:
    """Return the path of a section without renames, in which both names are the same."""
    both = head[len(b"diff --git ") :].rstrip(b"\n")
    return unquoted(both[: (len(both) - 1) // 2]).partition(b"/")[2]


def _new_file(path: bytes, name: bytes) -> bytes | str:
    """Return the section that makes a file, or why there is none."""
    status = os.lstat(path)  # a link is captured as one
    if stat.S_ISLNK(status.st_mode):
        return _section(name, b"120000", os.readlink(path))  # noqa: PTH115 - bytes
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_size > FILE_BYTES:
        return _too_large()
    content = Path(os.fsdecode(path)).read_bytes()
    if not is_text(content):
        return "binary"
    return _section(name, b"100755" if status.st_mode & 0o100 else b"100644", content)


def _section(name: bytes, mode: bytes, content: bytes) -> bytes:
    head = b"diff --git %s %s\nnew file mode %s\n" % (quoted(name, b"a/"), quoted(name, b"b/"), mode)
    if not content:
        return head
    # Git ends a name that has a space in it with a tab, so that what follows is not taken for a date.
    after = quoted(name, b"b/") + (b"\t" if b" " in name else b"")
    lines = content.split(b"\n")
    is_open = lines[-1] != b""
    if not is_open:
        lines.pop()
    body = b"".join(b"+%s\n" % line for line in lines)
    count = b"1" if len(lines) == 1 else b"1,%d" % len(lines)
    end = b"\\ No newline at end of file\n" if is_open else b""
    return head + b"--- /dev/null\n+++ %s\n@@ -0,0 +%s @@\n" % (after, count) + body + end


def _refusal(path: bytes, section: bytes) -> str | None:
    if _SECRET_FILE.search(path):
        return "its name says that it holds secrets"
    if len(section) > FILE_BYTES + 4096:
        return _too_large()
    if holds_secret(section.decode("utf-8", "replace")):
        return "it holds what looks like a secret"
    return None


def _too_large() -> str:
    return f"larger than {FILE_BYTES >> 10} KiB"


def _escaped(c: int) -> bytes:
    if c in _ESCAPES:
        return b"\\" + _ESCAPES[c]
    return bytes([c]) if 32 <= c < 127 else b"\\%03o" % c
