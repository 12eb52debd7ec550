"""Searching lines of a console: plain text here, regular expressions in a process that can be stopped.

A regular expression may take longer than the universe on one line, and nothing can interrupt it within a process. So it
is matched in one of its own, which reads no file, is given the text by a pipe, and is killed when its time is over.
"""

import json
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import numpy as np

from gnomon.core.batch import Int64
from gnomon.core.errors import InputError
from gnomon.core.terminal import bare
from gnomon.store.console import MAX_QUERY, Search

TIMEOUT_S: Final = 5.0
"""For a regular expression over a whole console."""

_MATCHER: Final = Path(__file__).with_name("console_regex.py")


def check_search(search: Search) -> None:
    """Raise `InputError` when a search is too long to be meant, or can match no line."""
    if len(search.text) > MAX_QUERY or "\n" in search.text:
        msg = f"q: expected one line of at most {MAX_QUERY} characters, received {len(search.text)}. Search for less."
        raise InputError(msg, field="q")


def find_text(texts: Iterable[str], search: Search) -> Int64:
    r"""Return which lines contain the text of a search.

    Args:
        texts: Lines joined by line feeds, block by block; a block is never empty of lines.
        search: Its `stream` is not looked at.

    Example:
        >>> find_text(["one\nTwo", "three"], Search("t")).tolist()
        [1, 2]
    """
    found: list[int] = []
    wanted = search.text if search.case else search.text.lower()
    first = 0
    for text in texts:
        plain = bare(text)
        lines = (plain if search.case else plain.lower()).split("\n")
        found += [n for n, line in enumerate(lines, first) if wanted in line]
        first += len(lines)
    return np.array(found, np.int64)


def find_regex(texts: Iterable[str], search: Search, timeout_s: float = TIMEOUT_S) -> Int64:
    """Return which lines a regular expression matches anywhere; arguments as for `find_text`.

    Raises:
        InputError: It is none, or its time is over.
    """
    command = [sys.executable, "-I", "-S", str(_MATCHER)]
    late = threading.Event()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(timeout_s, stop)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):
                _send(process.stdin, json.dumps({"pattern": search.text, "case": search.case}))
                for text in texts:
                    _send(process.stdin, bare(text))
            with suppress(BrokenPipeError):
                process.stdin.close()
            answer = process.stdout.read()
        finally:
            timer.cancel()
            process.kill()
    return _numbers(answer, is_late=late.is_set(), timeout_s=timeout_s)


def _send(stream: IO[bytes], text: str) -> None:
    data = text.encode()
    stream.write(struct.pack("<I", len(data)) + data)


def _numbers(answer: bytes, *, is_late: bool, timeout_s: float) -> Int64:
    if answer.startswith(b"="):
        return np.frombuffer(answer[1:], "<i8").astype(np.int64)
    if answer.startswith(b"!"):
        msg = f"q: expected a regular expression, received one that does not compile: {answer[1:].decode()}."
        raise InputError(msg, field="q")
    why = f"took longer than {timeout_s:g} s" if is_late else "needed more memory than it may have"
    msg = f"q: this regular expression {why}. Search for plain text, or write it without nested repeats."
    raise InputError(msg, field="q")
