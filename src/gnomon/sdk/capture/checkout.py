"""The repository that a program ran from: commit, branch, remote, and what was not committed.

Git is asked with a time limit for each question and for all of them: a repository on a slow disk, or one of a million
files, leaves some answers out and says which. Without git, commit and branch are read from the files.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from gnomon.sdk.capture.git import TIME_LIMIT_S, Git, GitError
from gnomon.sdk.capture.masking import clean_remote
from gnomon.sdk.capture.patch import Patch

_UNTRACKED: Final = 2000
_SUBMODULES: Final = 100
_DIFF: Final = (
    "diff --patch --no-renames --no-color --no-ext-diff --no-textconv --full-index --submodule=short "
    "--ignore-submodules=dirty --src-prefix=a/ --dst-prefix=b/ -U3"
).split()


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
    patch.submodules += [path for path in _edited_submodules(git, root) if path not in patch.submodules]
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


def _edited_submodules(git: Git, root: Path) -> list[str]:
    """Return the submodules in which something is not committed; each is asked by itself, with the same care."""
    if not (root / ".gitmodules").is_file():
        return []
    with git.lines("config", "--file", ".gitmodules", "--null", "--get-regexp", r"^submodule\..*\.path$") as stream:
        told = stream.read(1 << 16).split(b"\0")
    paths = [os.fsdecode(line.partition(b"\n")[2]) for line in told if b"\n" in line][:_SUBMODULES]
    within = [
        path
        for path in paths
        if (root / path / ".git").exists() and (root / path).resolve().is_relative_to(root.resolve())
    ]
    return [path for path in within if git.within(root / path).status("diff", "--quiet", "HEAD", "--") == 1]


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
