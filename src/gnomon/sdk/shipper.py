"""Shipping journals to a server: whole records, from where it left off, each exactly once.

What the server has is its own word (`GET`, or `expected` in a 409), never ours; the `.ack` file beside a journal only
saves asking. After a failure it is asked again before anything is sent; a piece that arrives twice is skipped there.
Files that the records of a piece name go before it, unless the server has them; once it has the piece, they are removed.
"""

import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gnomon.core import journal
from gnomon.core.errors import GnomonError, UnavailableError
from gnomon.core.folder import JournalFile, Listing, journal_root, write_whole
from gnomon.core.ids import is_hash
from gnomon.core.limits import MAX_RECORD_BYTES
from gnomon.core.liveness import is_alive, mark_killed
from gnomon.sdk import receipt
from gnomon.sdk.link import Link

PIECE_BYTES: Final = 4 << 20
_TIDY_BYTES: Final = 64 << 20
"""More than this is acknowledged at once only when our own notes were lost; those files go with the journal."""

_SEARCHES: Final = 6
_ATTACHED: Final = bytes((0x98, journal.ATTACHED))
"""How the body of such a record begins: an array of eight, of which the first is the tag."""

_LONGEST_WAIT_S: Final = 30.0
_REFUSALS: Final = (400, 404, 410, 413, 415, 422)
"""Answers that sending the same again will not change."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Say where a journal goes.

    Args:
        url: Address of the server.
        token: Its bearer token.
    """

    url: str
    token: str | None = None

    @classmethod
    def of(cls, file: JournalFile) -> "Destination | None":
        """Return what the `.to` beside a journal says; `None` when the journal stays on this machine."""
        try:
            content = json.loads(file.beside(".to").read_bytes())
            return cls(str(content["url"]), content.get("token"))
        except (OSError, ValueError, KeyError, TypeError):
            return None


class Shipment:
    """One journal on its way to a server.

    Args:
        file: The journal.
        destination: Where it goes.
    """

    def __init__(self, file: JournalFile, destination: Destination) -> None:
        self.file = file
        self.destination = destination
        self.refused: str | None = None
        self._is_sure = False
        self._searches = 0
        self.offset = self._acknowledged()

    @property
    def size(self) -> int:
        """Bytes in the journal; 0 when it is gone."""
        try:
            return self.file.path.stat().st_size
        except OSError:
            return 0

    def ship(self, link: Link) -> int:
        """Send the next piece; return how many bytes the server took.

        Raises:
            UnavailableError: The server does not answer, or asks to come back later.
        """
        if self.refused is not None or self.size <= self.offset:
            return 0
        address = f"/api/v1/journals/{self.file.run}/{self.file.writer}"
        if not self._is_sure:
            self._move(self._answer(*link.call("GET", address)))
        piece = self._piece() if self._is_sure else b""
        if not piece or not all(self._send(link, name, ask=True) for name in attached(piece)):
            return 0
        # Until the answer is here, it may have arrived or not.
        self._is_sure = False
        before = self.offset
        status, answer = link.call("POST", f"{address}?offset={before}", piece)
        missing = answer.get("missing")
        if status == 409 and isinstance(missing, list):
            if not all(self._send(link, str(name), ask=False) for name in missing):
                return 0
            status, answer = link.call("POST", f"{address}?offset={before}", piece)
        self._move(self._answer(status, answer))
        return max(0, self.offset - before)

    def _send(self, link: Link, name: str, *, ask: bool) -> bool:
        """Send a file that a record names; tell whether the server has it.

        Raises:
            UnavailableError: It is worth trying again later.
        """
        address = f"/api/v1/blobs/{name}"
        if ask and link.call("HEAD", address)[0] == 200:
            return True
        try:
            status, answer = link.upload(address, self.file.attached(name))
        except FileNotFoundError:
            return self._lost(name)
        return status in (200, 201) or self._answer(status, answer) is not None

    def _lost(self, name: str) -> bool:
        """Give up a journal whose file is neither there nor here, but not before some time has passed."""
        self._searches += 1
        what = f"the file {name[:12]}… is not beside the journal any more"
        if self._searches <= _SEARCHES:
            msg = f"{self.file.run}/{self.file.writer}: {what}; looking again."
            raise UnavailableError(msg)
        self._answer(422, {"title": "missing file", "detail": what})
        return False

    def complete(self) -> bool:
        """Finish when everything is acknowledged and nothing more will come; tell whether that is so."""
        if self.refused is None and self.size > self.offset and self._piece():
            return False
        closed = journal.read_closing(self.file.path) is not None
        if not closed and not self._is_dead():
            return False
        if self.refused is None:
            receipt.acknowledge(self.file.beside(".wait"))
            self.file.remove()
        return True

    def _is_dead(self) -> bool:
        size = self.size
        opened = journal.read_open(self.file.path)
        if opened is None:
            return not self.file.path.exists()
        if is_alive(opened.host, opened.pid, opened.started) is not False or self.size != size:
            return False
        if not opened.child:
            mark_killed(self.file, opened)
        return True

    def _piece(self) -> bytes:
        """Return whole records from the acknowledged offset on; empty when there are none (yet)."""
        for length in (PIECE_BYTES, MAX_RECORD_BYTES + journal.HEADER.size):
            try:
                with self.file.path.open("rb") as stream:
                    stream.seek(self.offset)
                    data = stream.read(length)
            except OSError:
                return b""
            end = journal.whole(data)
            if end or len(data) < length:
                return data[:end]
        return b""

    def _answer(self, status: int, answer: dict[str, Any]) -> int | None:
        """Return the offset in an answer; `None` when the journal was refused.

        Raises:
            UnavailableError: It is worth trying again later.
        """
        if status == 200 and isinstance(answer.get("offset"), int):
            return int(answer["offset"])
        if status == 409 and isinstance(answer.get("expected"), int):
            return int(answer["expected"])
        detail = f"{status} {answer.get('title', '')}: {answer.get('detail', '')}".strip(" :.")
        if status not in _REFUSALS or not answer:
            # Also a 404 that is not ours: a proxy whose server is down.
            msg = f"The server at {self.destination.url} answered {detail}. Check GNOMON_URL and GNOMON_TOKEN."
            raise UnavailableError(msg)
        self.refused = f"{self.destination.url} refuses journal {self.file.run}/{self.file.writer}: {detail}"
        write_whole(self.file.beside(".refused"), json.dumps({"offset": self.offset, "reason": self.refused}).encode())
        return None

    def _move(self, offset: int | None) -> None:
        if offset is None:
            return
        if not 0 <= offset <= self.size:
            self._answer(422, {"title": "unknown offset", "detail": f"it has {offset} of our {self.size} bytes"})
            return
        self._is_sure = True
        if offset != self.offset:
            self._tidy(self.offset, offset)
            self.offset = offset
            with suppress(OSError):  # without it, we ask again
                write_whole(self.file.beside(".ack"), json.dumps({"offset": offset}).encode())

    def _tidy(self, start: int, end: int) -> None:
        """Remove the files that acknowledged records name: the server has them.

        Another journal of the run may name them too; whoever ships it asks the server before looking for the file.
        """
        with suppress(OSError), self.file.path.open("rb") as stream:
            stream.seek(start)
            for name in attached(stream.read(max(0, end - start))) if start < end <= start + _TIDY_BYTES else ():
                self.file.attached(name).unlink(missing_ok=True)

    def _acknowledged(self) -> int:
        try:
            return min(int(json.loads(self.file.beside(".ack").read_bytes())["offset"]), self.size)
        except (OSError, ValueError, KeyError, TypeError):
            return 0


def attached(piece: bytes) -> list[str]:
    """Return the files that the records of a piece of a journal name.

    Example:
        >>> attached(journal.encode(journal.ATTACHED, "x", "file", 0, 0, {}, "ab" * 32, 5))[0][:6]
        'ababab'
    """
    if _ATTACHED not in piece:
        return []
    records = (r for r in journal.read(piece) if r.tag == journal.ATTACHED and len(r.fields) == 7)
    return list(dict.fromkeys(str(record.fields[5]) for record in records if is_hash(record.fields[5])))


class Backoff:
    """Wait longer after each failure, and never all at once: half to all of 0.5, 1, 2, … 30 seconds.

    Args:
        clock: Monotonic seconds.
        chance: Returns a number from 0 to 1.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, chance: Callable[[], float] = random.random
    ) -> None:
        self._clock, self._chance = clock, chance
        self._failures = 0
        self._until = 0.0

    @property
    def wait_s(self) -> float:
        """Seconds until the next try."""
        return max(0.0, self._until - self._clock())

    def failed(self) -> None:
        """Note a failure."""
        longest = min(_LONGEST_WAIT_S, 0.5 * 2 ** min(self._failures, 10))
        self._failures += 1
        self._until = self._clock() + longest * (0.5 + 0.5 * self._chance())

    def worked(self) -> None:
        """Note that it worked: the next failure starts from the beginning."""
        self._failures, self._until = 0, 0.0


@dataclass(frozen=True, slots=True)
class Shipped:
    """Tell what `sync` did.

    Args:
        journals: How many were looked at.
        bytes_sent: Bytes that the server took.
        bytes_left: Bytes that it did not.
        refused: Why it will not have some of them.
    """

    journals: int
    bytes_sent: int
    bytes_left: int
    refused: tuple[str, ...]


def sync(
    home: Path,
    url: str | None = None,
    token: str | None = None,
    progress: Callable[[int, int], object] | None = None,
    fallback: Destination | None = None,
) -> Shipped:
    """Ship what is left in a home, in the foreground.

    Args:
        home: The home folder.
        url: Server for every journal; `None` ships only those that were meant for a server, each to its own.
        token: Token for `url`.
        progress: Called with bytes sent and bytes in all.
        fallback: Where journals go that were meant for nobody; those that were meant for it go with its token, which
            may be newer than theirs.

    Raises:
        UnavailableError: A server cannot be reached.
    """
    shipments = _shipments(home, Destination(url, token) if url is not None else None, fallback)
    total = sum(s.size - s.offset for s in shipments)
    sent = 0
    for shipment in shipments:
        with Link(shipment.destination.url, shipment.destination.token) as link:
            while taken := shipment.ship(link):
                sent += taken
                if progress is not None:
                    progress(sent, max(total, sent))
        shipment.complete()
    left = sum(max(0, s.size - s.offset) for s in shipments)
    return Shipped(len(shipments), sent, left, tuple(s.refused for s in shipments if s.refused))


def _shipments(home: Path, everything_to: Destination | None, fallback: Destination | None) -> list[Shipment]:
    """Return what is to be shipped, in the order in which the journals were begun."""
    found: list[tuple[int, Shipment]] = []
    for file in Listing(journal_root(home)).refresh():
        destination = everything_to or _own_or(fallback, Destination.of(file))
        try:
            opened = journal.read_open(file.path)
        except GnomonError:
            continue
        if destination is not None and opened is not None:
            found.append((opened.us, Shipment(file, destination)))
    return [shipment for _, shipment in sorted(found, key=lambda pair: pair[0])]


def _own_or(fallback: Destination | None, own: Destination | None) -> Destination | None:
    is_same = own is None or (fallback is not None and fallback.url == own.url and fallback.token is not None)
    return fallback if is_same else own
