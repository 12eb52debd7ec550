"""The agent: one process per machine and home that looks after the journals of training processes.

It outlives them. Once a second it makes what they wrote durable, and notices when one is gone without a word; it
ships journals that go to a server, and goes away when nothing has been left to do for ten seconds.

    python -m gnomon.sdk.agent --home ~/.gnomon
"""

import argparse
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gnomon.core import journal
from gnomon.core.errors import CorruptError, InputError, UnavailableError
from gnomon.core.folder import STAGED, JournalFile, Listing, journal_root, write_whole
from gnomon.core.liveness import is_alive, mark_killed
from gnomon.sdk.link import Link
from gnomon.sdk.shipper import Backoff, Destination, Shipment
from gnomon.sdk.spawn import AgentLock
from gnomon.sdk.staging import Durable
from gnomon.sdk.system import Sampler, is_wanted
from gnomon.sdk.trouble import STATE

LOOK_EVERY_S: Final = 0.25
SYNC_EVERY_S: Final = 1.0
SHIP_EVERY_S: Final = 0.5
IDLE_S: Final = 10.0


@dataclass(slots=True)
class _Watched:
    """A journal whose writer may still be writing."""

    file: JournalFile
    opened: journal.Open
    staged: Durable
    durable: int = 0


class Keeper:
    """Make journals durable, and mark runs whose process is gone as killed.

    Args:
        home: The home folder.
        clock: Monotonic seconds.
    """

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._keep_at = 0.0
        self._listing = Listing(journal_root(home))
        self._newborn: set[JournalFile] = set()
        self._watched: dict[JournalFile, _Watched] = {}

    @property
    def is_busy(self) -> bool:
        """Whether some writer of this machine is still at work."""
        return bool(self._watched)

    @property
    def running(self) -> list[tuple[JournalFile, journal.Open]]:
        """Journals whose writers are at work on this machine."""
        return [(watched.file, watched.opened) for watched in self._watched.values()]

    def tick(self) -> list[Shipment]:
        """Look for new journals, and once a second at all; return those that came and are to be shipped."""
        self._newborn |= set(self._listing.refresh())
        new = []
        born = [(opened.us, file, opened) for file in list(self._newborn) if (opened := self._open(file)) is not None]
        for _, file, opened in sorted(born, key=lambda entry: entry[0]):
            self._newborn.discard(file)
            destination = Destination.of(file)
            if destination is not None:
                new.append(Shipment(file, destination))
            if opened.host == socket.gethostname() and opened.pid:
                self._watched[file] = _Watched(file, opened, Durable(file.path.parent / STAGED))
        now = self._clock()
        if now >= self._keep_at:
            self._keep_at = now + SYNC_EVERY_S
            for watched in list(self._watched.values()):
                if not self._keep(watched):
                    del self._watched[watched.file]
        return new

    def _open(self, file: JournalFile) -> journal.Open | None:
        try:
            opened = journal.read_open(file.path)
        except CorruptError:  # the server says so, to somebody who reads it
            opened = None
            self._newborn.discard(file)
        if opened is None and not file.path.exists():
            self._newborn.discard(file)
        return opened

    def _keep(self, watched: _Watched) -> bool:
        """Look after one journal; tell whether to go on doing so."""
        # Asked before the size: what a process wrote before it was seen to be gone is all it ever wrote.
        gone = is_alive(watched.opened.host, watched.opened.pid, watched.opened.started) is False
        size = _make_durable(watched.file.path, watched.durable, watched.staged)
        if size is None:
            return False
        grew, watched.durable = size != watched.durable, size
        closed = (gone or grew) and journal.read_closing(watched.file.path) is not None
        if not (gone or closed):
            return True
        if not closed and not watched.opened.child:
            with suppress(OSError):
                mark_killed(watched.file, watched.opened)
        return False


class Dispatcher(threading.Thread):
    """Ship the journals that go to one server, in a thread of its own, so that a dead server holds up nobody else.

    Args:
        destination: The server.
    """

    def __init__(self, destination: Destination) -> None:
        super().__init__(name=f"ship {destination.url}", daemon=True)
        self.destination = destination
        self.trouble: str | None = None
        self._lock = threading.Lock()
        self._shipments: list[Shipment] = []
        self._stop = threading.Event()
        self._backoff = Backoff()

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be shipped."""
        with self._lock:
            return bool(self._shipments)

    def add(self, shipment: Shipment) -> None:
        """Take a journal."""
        with self._lock:
            self._shipments.append(shipment)

    def stop(self) -> None:
        """End after the piece that is on its way."""
        self._stop.set()

    def state(self) -> dict[str, Any]:
        """Return what `gnomon doctor` shows."""
        with self._lock:
            left = [(s.size, s.offset, s.refused) for s in self._shipments]
        return {
            "url": self.destination.url,
            "journals": len(left),
            "bytes_left": sum(max(0, size - offset) for size, offset, _ in left),
            "trouble": self.trouble,
            "next_try_s": round(self._backoff.wait_s, 1),
        }

    def run(self) -> None:
        """Ship until stopped."""
        try:
            link = Link(self.destination.url, self.destination.token)
        except InputError as error:
            self.trouble = str(error)
            return
        with link:
            while not self._stop.wait(max(SHIP_EVERY_S, self._backoff.wait_s)):
                self._round(link)

    def _round(self, link: Link) -> None:
        with self._lock:
            shipments = list(self._shipments)
        try:
            for shipment in shipments:
                while shipment.ship(link) and not self._stop.is_set():
                    self.trouble = None
                    self._backoff.worked()
                if shipment.complete():
                    with self._lock:
                        self._shipments.remove(shipment)
        except (UnavailableError, OSError) as error:
            self.trouble = str(error)
            self._backoff.failed()


class Agent:
    """Run the keeper and the dispatchers of a home until nothing is left to do.

    Args:
        home: The home folder.
        idle_s: Seconds without anything to do after which it goes.
        clock: Monotonic seconds.
    """

    def __init__(self, home: Path, idle_s: float = IDLE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._home, self._idle_s, self._clock = home, idle_s, clock
        self._keeper = Keeper(home, clock)
        self._sampler = Sampler(home, monotonic=clock) if is_wanted() else None
        self._dispatchers: dict[Destination, Dispatcher] = {}
        self._stop = threading.Event()
        self._state: dict[str, Any] | None = None

    def run(self) -> None:
        """Work until nothing has been left to do for a while, or stopped."""
        idle_since = self._clock()
        while not self._stop.is_set():
            self.tick()
            if self.is_busy:
                idle_since = self._clock()
            elif self._clock() - idle_since >= self._idle_s:
                break
            self._stop.wait(LOOK_EVERY_S)
        if self._sampler is not None:
            self._sampler.close()
        for dispatcher in self._dispatchers.values():
            dispatcher.stop()

    @property
    def is_busy(self) -> bool:
        """Whether a writer is at work or something is to be shipped."""
        return self._keeper.is_busy or any(d.is_busy for d in self._dispatchers.values())

    def tick(self) -> None:
        """Do what is due."""
        for shipment in self._keeper.tick():
            dispatcher = self._dispatchers.get(shipment.destination)
            if dispatcher is None:
                dispatcher = self._dispatchers[shipment.destination] = Dispatcher(shipment.destination)
                dispatcher.start()
            dispatcher.add(shipment)
        if self._sampler is not None:
            self._sampler.tick(self._keeper.running)
        self._publish()

    @property
    def stopped(self) -> bool:
        """Whether it was told to end."""
        return self._stop.is_set()

    def stop(self, *_: object) -> None:
        """End soon; also a signal handler."""
        self._stop.set()

    def _publish(self) -> None:
        """Write what doctor shows, when it changed."""
        state = {"pid": os.getpid(), "servers": [d.state() for d in self._dispatchers.values()]}
        if state != self._state:
            self._state = state
            with suppress(OSError):
                write_whole(self._home / STATE, json.dumps(state).encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """Be the agent of a home, unless there is one."""
    parser = argparse.ArgumentParser(prog="gnomon-agent", description="Look after the journals of a gnomon home.")
    parser.add_argument("--home", type=Path, required=True, help="the home folder")
    parser.add_argument("--idle", type=float, default=IDLE_S, help="seconds with nothing to do before it goes")
    options = parser.parse_args(arguments)
    home = options.home
    lock = AgentLock(home)
    while _acquire(lock):
        agent = Agent(home, options.idle)
        signal.signal(signal.SIGTERM, agent.stop)
        agent.run()
        lock.release()
        # A run that began while we were going saw the lock taken and started no agent: look once more.
        if agent.stopped or not _has_work(home):
            break
    return 0


def _acquire(lock: AgentLock) -> bool:
    """Take the lock, unless it is another agent's rather than somebody's who only looks whether there is one."""
    for _ in range(4):
        if lock.acquire():
            return True
        time.sleep(0.05)
    return False


def _has_work(home: Path) -> bool:
    keeper = Keeper(home)
    new = [shipment for shipment in keeper.tick() if not shipment.file.beside(".refused").exists()]
    return bool(new) or keeper.is_busy


def _let_go() -> None:
    """Let go of what we inherited: folders and descriptors of a trainer that we shall outlive."""
    os.chdir("/")
    os.closerange(3, 1024)


def _make_durable(path: Path, durable: int, staged: Durable) -> int | None:
    """Make a journal durable when it has grown past `durable` bytes; return its size, `None` when it is gone.

    The files it names come first: after a power cut, no record is there without its file.
    """
    try:
        size = path.stat().st_size
        if size == durable:
            return size
        staged.sync()
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            getattr(os, "fdatasync", os.fsync)(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        return None if not path.exists() else durable
    return size


if __name__ == "__main__":
    _let_go()
    sys.exit(main())
