"""Starting the supervisor of a job, and finding out whether it is there."""

import os
import selectors
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec

from gnomon.core.errors import UnavailableError
from gnomon.core.liveness import is_alive
from gnomon.models.jobs import processes
from gnomon.models.jobs.folder import JobFolder

MODULE: Final = "gnomon.models.jobs.supervise"
_READY_S: Final = 60.0


def launch(
    folder: JobFolder,
    attempt: int,
    device: str,
    threads: int = 0,
    worker: Sequence[str] | None = None,
    grace_s: float | None = None,
    backoff_s: float | None = None,
) -> "subprocess.Popen[bytes]":
    """Start the supervisor of a job; when this returns, it hears orders, or has ended because there is one already.

    Raises:
        UnavailableError: It cannot be started.
    """
    ready, write = os.pipe()
    command = [sys.executable, "-P", "-m", MODULE, str(folder.path), "--attempt", str(attempt), "--device", device]
    command += ["--threads", str(threads), "--ready", str(write)]
    if worker is not None:
        command += ["--worker", msgspec.json.encode(list(worker)).decode()]
    if grace_s is not None:
        command += ["--grace", str(grace_s)]
    if backoff_s is not None:
        command += ["--backoff", str(backoff_s)]
    try:
        with (folder.path / "supervisor.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - ourselves, with paths and numbers
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(write,),
                start_new_session=True,
            )
    except OSError as error:
        msg = f"The supervisor of job {folder.id} cannot be started: {error}."
        raise UnavailableError(msg) from error
    finally:
        os.close(write)
    _await(ready)
    return process


def _await(ready: int) -> None:
    """Wait until the other end says something or is closed."""
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(ready, selectors.EVENT_READ)
            selector.select(_READY_S)
    finally:
        os.close(ready)


def is_supervised(folder: JobFolder) -> bool:
    """Tell whether the supervisor of a job is there; one that cannot be seen from here counts as there."""
    try:
        host, pid, started = msgspec.json.decode(folder.supervisor.read_bytes(), type=tuple[str, int, str])
    except (OSError, msgspec.MsgspecError):
        return False
    return is_alive(host, pid, started) is not False


def end_worker(folder: JobFolder, worker: int | None) -> None:
    """End what is left of a worker whose supervisor is gone; a process that has its number by chance is left alone."""
    if worker is not None and _is_of(worker, folder):
        processes.end(worker)


def _is_of(pid: int, folder: JobFolder) -> bool:
    """Tell whether a process, or one of its session, was started for a job; its environment says so."""
    import psutil  # noqa: PLC0415 - seldom wanted

    mark = str(folder.path)
    for each in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getsid(each.pid) == pid and each.environ().get("GNOMON_JOB_FOLDER") == mark:
                return True
    return False
