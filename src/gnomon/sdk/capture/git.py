"""Git, asked about one folder: with a time limit, never writing, and never running a hook of the repository."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from gnomon.sdk.capture.patch import shown

TIME_LIMIT_S: Final = 20.0
_MAX_OUTPUT: Final = 1 << 20

_CONFIG: Final = (
    "core.fsmonitor=false",  # a hook of the repository's own would be run
    "core.quotePath=true",
    "core.bigFileThreshold=8m",  # larger ones count as binary and are not read line by line
    "diff.suppressBlankEmpty=false",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "diff.relative=false",
)


class GitError(Exception):
    """Git could not answer; the message is a sentence."""


class Git:
    """Ask git about one folder, within a time limit.

    Args:
        folder: A folder of the working tree.
        limit_s: Seconds for all questions together.
    """

    def __init__(self, folder: Path, limit_s: float = TIME_LIMIT_S) -> None:
        self._folder, self._until, self._limit_s = folder, time.monotonic() + limit_s, limit_s
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "LC_ALL": "C",
            "GIT_OPTIONAL_LOCKS": "0",  # never write to the repository
            "GIT_TERMINAL_PROMPT": "0",
        }

    def line(self, *arguments: str) -> str | None:
        """Return the first line of an answer; `None` when git says no.

        Raises:
            GitError: It cannot be run, or ran out of time.
        """
        with self._running(arguments) as (stream, status):
            text = stream.read(_MAX_OUTPUT)
        return shown(text.partition(b"\n")[0]) if status() == 0 else None

    def status(self, *arguments: str) -> int:
        """Return the exit status of a command, whose output nobody needs.

        Raises:
            GitError: It cannot be run, or ran out of time.
        """
        with self._running(arguments) as (_, status):
            return status()

    def within(self, folder: Path) -> "Git":
        """Return what asks about a folder of this one, in the time that is left."""
        return Git(folder, max(0.0, self._until - time.monotonic()))

    @contextmanager
    def lines(self, *arguments: str) -> Iterator[IO[bytes]]:
        """Give the output of a command, to be read as it comes.

        Raises:
            GitError: It cannot be run, fails, or ran out of time.
        """
        with self._running(arguments) as (stream, status):
            yield stream
        if status():
            msg = f"git {arguments[0]} failed"
            raise GitError(msg)

    def why(self) -> str:
        """Return what git has against this folder."""
        done = subprocess.run(  # noqa: S603 - no shell
            ["git", "-C", str(self._folder), "rev-parse", "--show-toplevel"],  # noqa: S607 - the git of the user's PATH
            env=self._environment,
            capture_output=True,
            check=False,
            timeout=max(1.0, self._until - time.monotonic()),
        )
        return done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]

    @contextmanager
    def _running(self, arguments: tuple[str, ...]) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
        """Give the output of a command, and what waits for its exit status; no process outlives the block."""
        left = self._until - time.monotonic()
        late = GitError(f"git {arguments[0]} did not end within {self._limit_s:g} s")
        if left <= 0:
            raise late
        process = self._start(arguments)
        is_late = threading.Event()

        def end() -> None:
            is_late.set()
            _kill(process)

        timer = threading.Timer(left, end)
        timer.start()
        try:
            assert process.stdout is not None
            yield process.stdout, process.wait
            process.stdout.close()
            process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                _kill(process)
                process.wait()
        if is_late.is_set():
            raise late

    def _start(self, arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        settings = [word for setting in _CONFIG for word in ("-c", setting)]
        try:
            return subprocess.Popen(  # noqa: S603 - no shell
                ["git", *settings, "-C", str(self._folder), *arguments],  # noqa: S607 - the git of the user's PATH
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            msg = f"git cannot be run: {error.strerror or error}"
            raise GitError(msg) from error


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
