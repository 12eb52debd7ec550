"""The process that looks after one job: starts its worker, passes orders on, starts it again when it was killed.

    python -P -m gnomon.models.jobs.supervise FOLDER --attempt 1 --device cpu

It is in a session of its own and outlives the server. A lock on a file of the folder makes sure that there is one of it,
and the number of the attempt that a job is not begun twice.
"""

import argparse
import fcntl
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.liveness import identity
from gnomon.models.jobs import control, events, processes
from gnomon.models.jobs.ending import Ended, explain, oom_kills
from gnomon.models.jobs.environment import worker_environment
from gnomon.models.jobs.events import Event, JobError, Reader, story
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.jobs.output import Output
from gnomon.models.jobs.progress import read as read_progress

WORKER: Final = (sys.executable, "-P", "-m", "gnomon.models.training.worker")
BACKOFF_S: Final = 0.4
MOST_BACKOFF_S: Final = 1.6
GRACE_S: Final = 10.0
_TAIL: Final = 64 << 10
_PRINTED: Final = 256 << 10
_LEAVES_S: Final = 10.0
"""Within this a supervisor that has said its last word is gone."""
_AGAIN_S: Final = 0.005
_AGAIN: Final = frozenset({"signal", "memory"})
"""Kinds of errors that may be over the next time."""
_LAST_WORDS: Final = frozenset({"finished", "stopped", "parked", "failed"})


class Supervisor:
    """Look after a job until nothing of it runs any more.

    Args:
        folder: Of the job.
        attempt: How often it was taken from the queue.
        device: Where it runs.
        threads: Processors that it should use; 0 leaves that to it.
        worker: Command that trains a graph; the folder is its last word.
        grace_s: What a process has between two ways of being told to end, each less polite.
        backoff_s: How long it rests before the worker is started again; twice that the next time, and so on to 1.6 s.
    """

    def __init__(
        self,
        folder: JobFolder,
        attempt: int = 1,
        device: str = "cpu",
        threads: int = 0,
        worker: Sequence[str] = WORKER,
        grace_s: float = GRACE_S,
        backoff_s: float = BACKOFF_S,
    ) -> None:
        self.folder = folder
        self.spec = folder.spec()
        self._attempt, self._device, self._threads = attempt, device, threads
        self._worker, self._grace_s, self._backoff_s = tuple(worker), grace_s, backoff_s
        self._is_script = self.spec.kind == "script"
        self._ends: list[Callable[[int], None]] = []
        self._asked: str | None = None
        self._paused = False
        self._deadline: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: Ended | None = None
        self._reader = Reader(folder)
        self._output = Output(folder.output)
        self._printed: int | None = None

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Do it; return when nothing of the job runs any more."""
        self._listen()
        on_ready()
        events.set_aside(self.folder)
        events.append(self.folder, "starting", pid=os.getpid(), attempt=self._attempt, device=self._device)
        failures: list[tuple[JobError, int | None]] = []
        while True:
            error = self._life(len(failures) + 1)
            if error is None:
                break
            failures.append((error, read_progress(self.folder).step))
            if self._asked is not None and error.kind in _AGAIN:
                self._tell_ended()
                break
            why_not = self._why_not(failures)
            if why_not is not None:
                self._fail(*failures[-1], why_not)
                break
            if not self._rest(min(MOST_BACKOFF_S, self._backoff_s * 2 ** min(len(failures) - 1, 8))):
                break
            self._tell("restarted", step=failures[-1][1], text=_sentence(error, failures[-1][1]))
        self._tell("ended")
        events.give_back(self.folder)

    def _listen(self) -> None:
        processes.become_reaper()
        self._orders = control.Orders(control.make_pipe(self.folder.orders))
        self._control = control.make_pipe(self.folder.control)
        control.drain(self._orders.descriptor)
        self._woken, wake = os.pipe()
        for end in (self._woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        # Not ignored but handled: what is ignored stays so in the programs that are started.
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._orders.descriptor, selectors.EVENT_READ, self._obey)
        self._selector.register(self._woken, selectors.EVENT_READ, self._wake)

    def _wake(self) -> None:
        """Take note of signals: a child ended, or the machine is going down."""
        with suppress(BlockingIOError):
            numbers = os.read(self._woken, 4096)
            if signal.SIGTERM in numbers:
                self._do({"do": "stop" if self._is_script else "park"})
        self._reap()

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self._process is not None and pid == self._process.pid:
                code = self._process.returncode = os.waitstatus_to_exitcode(status)
                unit = 1 if sys.platform == "darwin" else 1024
                self._ended = Ended(code, usage.ru_maxrss * unit)

    def _life(self, number: int) -> JobError | None:
        """Start the worker and stay with it to its end; return why it failed, `None` when the job is over."""
        control.drain(self._control)
        self._reader.read()
        self._ended, self._deadline, self._ends = None, None, []
        killed, printed = oom_kills(), self.folder.printed
        try:
            self._process = self._start(number)
        except OSError as error:
            return _unstarted(error)
        if self._is_script:
            self._tell("running", pid=self._process.pid)
        else:
            self._tell("started", pid=self._process.pid)
            if self._paused:
                self._pass({"do": "pause"})
        ended = self._stay()
        processes.end(self._process.pid, self._reap)
        self._process = None
        self._take_rest()
        tail, _, _ = self.folder.tail(min(_TAIL, max(0, self.folder.printed - printed)))
        last = tail.decode("utf-8", "replace")
        return self._outcome(Ended(ended.status, ended.rss_bytes, oom_kills() > killed, last))

    def _stay(self) -> Ended:
        while True:
            self._wait()
            if self._ended is not None:
                return self._ended

    def _start(self, number: int) -> "subprocess.Popen[bytes]":
        script = self.spec.script
        if script is None:
            command, folder, given = [*self._worker, str(self.folder.path)], str(self.folder.path), {}
        else:
            command, folder, given = script.argv, script.cwd, script.env
        environment = worker_environment(
            self.folder,
            self._device,
            self._threads,
            number,
            given,
            script=bool(script),
            sweep=self.spec.sweep,
        )
        printed, out = os.pipe()
        try:
            process = subprocess.Popen(  # noqa: S603 - it is what was asked for
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError:
            os.close(printed)
            raise
        finally:
            os.close(out)
        os.set_blocking(printed, False)
        self._printed = printed
        self._selector.register(printed, selectors.EVENT_READ, self._take)
        return process

    def _take(self) -> bool:
        """Write what the worker printed to the file; return whether there may be more."""
        if self._printed is None:
            return False
        try:
            data = os.read(self._printed, _PRINTED)
        except BlockingIOError:
            return False
        if not data:  # nobody has the other end any more
            self._close_printed()
            return False
        self._output.write(data)
        return True

    def _take_rest(self) -> None:
        """Write what is still in the pipe; who left the session and talks on is not listened to."""
        while self._take():
            pass
        self._close_printed()

    def _close_printed(self) -> None:
        if self._printed is not None:
            self._selector.unregister(self._printed)
            os.close(self._printed)
            self._printed = None

    def _outcome(self, ended: Ended) -> JobError | None:
        said = self._last_word()
        if said is not None and said.event != "failed":
            return None
        if said is not None:
            return said.error or explain(ended)
        if self._asked is not None:
            self._tell_ended()
            return None
        if ended.status == 0 and self._is_script:
            self._tell("finished")
            return None
        return explain(ended)

    def _last_word(self) -> Event | None:
        if self._is_script:
            return None
        return next((each for each in reversed(self._reader.read()) if each.event in _LAST_WORDS), None)

    def _why_not(self, failures: list[tuple[JobError, int | None]]) -> str | None:
        """Return why a worker that failed is not started again; `None` when it is."""
        error, step = failures[-1]
        if error.kind not in _AGAIN:
            return ""
        most = self.spec.most_restarts
        if len(failures) > most:
            return f" It was started again {most} times, which is as often as it may be." if most else ""
        if len(failures) > 1 and failures[-2][1] == step and not (self._is_script and step is None):
            at = "before its first step" if step is None else f"at step {step}"
            return f" It ended twice {at}, so it was not started again."
        return None

    def _fail(self, error: JobError, step: int | None, more: str) -> None:
        self._tell("failed", step=step, error=msgspec.structs.replace(error, message=error.message + more))

    def _rest(self, seconds: float) -> bool:
        """Wait before the worker is started again; return whether it is to be."""
        until = time.monotonic() + seconds
        while self._asked is None and (left := until - time.monotonic()) > 0:
            self._wait(left)
        if self._asked is not None:
            self._tell_ended()
        return self._asked is None

    def _tell_ended(self) -> None:
        """Tell that it was ended on demand; it can go on from its last checkpoint as well as one that saved one more."""
        self._tell("parked" if self._asked == "park" else "stopped", step=read_progress(self.folder).step)

    def _wait(self, seconds: float | None = None) -> None:
        """Wait for an order, a signal or a deadline, and do what is due."""
        if self._deadline is not None:
            seconds = max(0.0, self._deadline - time.monotonic())
        for key, _ in self._selector.select(seconds):
            key.data()
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self._insist()

    def _obey(self) -> None:
        for order in self._orders.read():
            self._do(order)

    def _do(self, order: dict[str, Any]) -> None:
        what = order["do"]
        if what in {"stop", "park"}:
            self._end(order)
        elif not self._is_script:
            self._paused = {"pause": True, "resume": False}.get(what, self._paused)
            self._pass(order)
        elif what in {"pause", "resume"} and self._asked is None and self._process is not None:
            self._paused = what == "pause"
            processes.tell(self._process.pid, signal.SIGSTOP if self._paused else signal.SIGCONT)
            self._tell("paused" if self._paused else "resumed")

    def _pass(self, order: dict[str, Any]) -> None:
        with suppress(BlockingIOError):  # a worker that has not read the last 64 KiB of orders reads none
            os.write(self._control, msgspec.json.encode(order) + b"\n")

    def _end(self, order: dict[str, Any]) -> None:
        """End the worker: politely at first, and each further order is a step less polite."""
        again = self._asked is not None
        self._asked = order["do"] if self._asked != "stop" else "stop"
        if self._process is None:
            return
        if again:
            self._insist()
            return
        if not self._is_script:
            self._pass(order)
            return
        self._tell("stopping")
        self._ends = [self._terminate, self._kill]
        self._signal(signal.SIGINT)

    def _insist(self) -> None:
        """Take the next way of ending the worker."""
        if self._process is None or self._ended is not None:
            self._deadline = None
        elif not self._is_script and not self._ends and self._deadline is None:
            self._tell("stopping", text="with SIGTERM")
            self._ends = [self._kill]
            self._signal(signal.SIGTERM)
        elif self._ends:
            self._ends.pop(0)(self._process.pid)

    def _terminate(self, _: int) -> None:
        self._signal(signal.SIGTERM)

    def _kill(self, session: int) -> None:
        self._deadline = None
        processes.tell(session, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the worker's group, as a terminal would, awake it for that, and give it some time."""
        assert self._process is not None
        with suppress(OSError):
            os.killpg(self._process.pid, number)
        processes.tell(self._process.pid, signal.SIGCONT)
        self._deadline = time.monotonic() + self._grace_s

    def _tell(self, event: str, **more: Any) -> None:
        with suppress(
            OSError
        ):  # what cannot be told must not keep us from ending what runs; without a word it is `lost`
            events.append(self.folder, event, **more)


def _sentence(error: JobError, step: int | None) -> str:
    return f"{error.type}{'' if step is None else f' at step {step}'}"


def _unstarted(error: OSError) -> JobError:
    what = f"{error.filename}: " if error.filename else ""
    return JobError(type(error).__name__, f"It could not be started: {what}{error.strerror or error}.", "start")


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def claim(folder: JobFolder) -> int | None:
    """Become the supervisor of a job; return `None` when there is one. One that said its last word is waited for."""
    descriptor = os.open(folder.supervisor, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + _LEAVES_S
    while not _lock(descriptor):
        if not story(folder).ended or time.monotonic() > until:
            os.close(descriptor)
            return None
        time.sleep(_AGAIN_S)
    data = msgspec.json.encode(identity())
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, data, 0)
    return descriptor


def main(arguments: Sequence[str] | None = None) -> int:
    """Look after the job of a folder; exit status 3 when somebody else does, or did."""
    parser = argparse.ArgumentParser(prog="gnomon.models.jobs.supervise", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--attempt", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--grace", type=float, default=GRACE_S)
    parser.add_argument("--backoff", type=float, default=BACKOFF_S)
    parser.add_argument("--worker", type=msgspec.json.decode, default=WORKER)
    parser.add_argument("--ready", type=int, help="descriptor to write to when orders are heard")
    asked = parser.parse_args(arguments)
    folder = JobFolder(asked.folder)
    if claim(folder) is None or story(folder).attempt >= asked.attempt:
        return 3
    found = Supervisor(folder, asked.attempt, asked.device, asked.threads, asked.worker, asked.grace, asked.backoff)
    found.run(lambda: _ready(asked.ready))
    return 0


def _ready(descriptor: int | None) -> None:
    if descriptor is not None:
        os.write(descriptor, b"1")
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
