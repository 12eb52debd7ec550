"""The repository that a program ran from: commit, branch, remote, and what was not committed.

Git is asked with a time limit for each question and for all of them: a repository on a slow disk, or one of a million
files, leaves some answers out and says which. Without git, commit and branch are read from the files.
"""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from gnomon.sdk.capture.masking import clean_remote
from gnomon.sdk.capture.patch import Patch, shown

TIME_LIMIT_S: Final = 20.0
_UNTRACKED: Final = 2000
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
_DIFF: Final = (
    "diff --patch --no-renames --no-color --no-ext-diff --no-textconv --full-index --submodule=short "
    "--ignore-submodules=dirty --src-prefix=a/ --dst-prefix=b/ -U3"
).split()


class GitError(Exception):
    """Git could not answer; the message is a sentence."""


@dataclass(slots=True)
class Checkout:
    """Hold what is known of a working tree.

    Args:
        root: Its folder.
        commit: Full hash; `None` before the first commit.
        branch: Branch; `None` when the head is detached.
        remote: Address without credentials.
        dirty: Whether anything is not committed; `None` when that is not known.
        patch: What is not committed.
        problems: What could not be found out, one sentence each.
    """

    root: str
    commit: str | None = None
    branch: str | None = None
    remote: str | None = None
    dirty: bool | None = None
    patch: Patch = field(default_factory=Patch)
    untracked: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """Return what every run shows: `commit branch repo dirty`."""
        repo = self.remote or self.root
        found = {"commit": self.commit, "branch": self.branch, "repo": repo, "dirty": self.dirty}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def report(self) -> dict[str, Any]:
        """Return everything but the diff itself."""
        return {
            "root": self.root,
            "commit": self.commit,
            "branch": self.branch,
            "remote": self.remote,
            "dirty": self.dirty,
            "changed_files": self.patch.files,
            "untracked_files": self.untracked,
            "skipped": self.patch.skipped,
            "changed_submodules": self.patch.submodules,
            "problems": self.problems,
        }


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
    def _running(self, arguments: tuple[str, ...]) -> Iterator[tuple[IO[bytes], Any]]:
        left = self._until - time.monotonic()
        late = GitError(f"git {arguments[0]} did not end within {self._limit_s:g} s")
        if left <= 0:
            raise late
        settings = [word for setting in _CONFIG for word in ("-c", setting)]
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell
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


def find(folders: list[Path], limit_s: float = TIME_LIMIT_S) -> Checkout | None:
    """Return the working tree of the first folder that lies in one, with all that could be found out; or `None`.

    Args:
        folders: Where the script lies, and the folder it ran in.
        limit_s: Seconds that git may take in all.
    """
    for folder in folders:
        root = _root_of(folder)
        if root is None:
            continue
        if shutil.which("git") is None:
            return _from_files(root, "git is not installed: what was not committed is not known")
        return _ask(Git(root, limit_s), root)
    return None


def _ask(git: Git, root: Path) -> Checkout:
    found = Checkout(os.fsencode(root).decode("utf-8", "replace"))
    try:
        if git.line("rev-parse", "--show-toplevel") is None:
            return _from_files(root, f"git refuses: {git.why()}")
        found.commit = git.line("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        found.branch = git.line("symbolic-ref", "--quiet", "--short", "HEAD")
        found.remote = _remote(git)
        _changes(git, found, root)
    except (GitError, OSError, subprocess.SubprocessError) as error:
        problem = f"{error}: what is told of the repository is not complete"
        if found.commit is None:
            return _from_files(root, problem)
        found.problems.append(f"{problem}.")
    return found


def _remote(git: Git) -> str | None:
    name = git.line("remote")
    url = git.line("remote", "get-url", "origin") or (git.line("remote", "get-url", name) if name else None)
    return clean_remote(url) if url else None


def _changes(git: Git, found: Checkout, root: Path) -> None:
    """Read what is not committed; `dirty` is known only when all of it was looked at."""
    base = found.commit or git.line("hash-object", "-t", "tree", os.devnull)
    with git.lines(*_DIFF, f"-O{os.devnull}", str(base), "--") as lines:
        found.patch.add_tracked(lines)
    patch = found.patch
    if patch.files or patch.skipped or patch.submodules:
        found.dirty = True
    with git.lines("ls-files", "--others", "--exclude-standard", "-z") as stream:
        for path in _split(stream):
            found.untracked += 1
            if found.untracked <= _UNTRACKED:
                patch.add_untracked(os.fsencode(root), path)
    if found.untracked > _UNTRACKED:
        found.problems.append(f"{found.untracked - _UNTRACKED} untracked files were not looked at.")
    found.dirty = bool(found.dirty or found.untracked)


def _split(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(1 << 16):
        *paths, rest = (rest + chunk).split(b"\0")
        yield from paths


def _root_of(folder: Path) -> Path | None:
    with suppress(OSError):
        for place in (folder, *folder.parents):
            if (place / ".git").exists():
                return place
    return None


def _from_files(root: Path, problem: str) -> Checkout:
    """Return commit and branch as the files of a repository say them."""
    found = Checkout(os.fsencode(root).decode("utf-8", "replace"), problems=[f"{problem}."])
    with suppress(OSError, UnicodeDecodeError):
        folder = root / ".git"
        if folder.is_file():  # a worktree, or a submodule
            folder = root / folder.read_text().removeprefix("gitdir:").strip()
        common = folder / (folder / "commondir").read_text().strip() if (folder / "commondir").exists() else folder
        head = (folder / "HEAD").read_text().strip()
        if not head.startswith("ref:"):
            found.commit = head
            return found
        ref = head.removeprefix("ref:").strip()
        found.branch = ref.removeprefix("refs/heads/")
        found.commit = _ref(common, ref)
    return found


def _ref(folder: Path, ref: str) -> str | None:
    with suppress(OSError):
        return (folder / ref).read_text().strip()
    with suppress(OSError):
        for line in (folder / "packed-refs").read_text().splitlines():
            commit, _, name = line.partition(" ")
            if name == ref:
                return commit
    return None


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
