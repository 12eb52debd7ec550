"""Shipping against a server that answers by the contract, and against all that may stand in front of one."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import gnomon
from gnomon.core import journal
from gnomon.core.errors import InputError, UnavailableError
from gnomon.core.folder import STAGED, JournalFile, Listing, journal_root
from gnomon.sdk.link import Link
from gnomon.sdk.shipper import Backoff, Destination, Shipment, Shipped, attached, sync


class Store:
    """What a server has, and how it answers: by the contract, unless told otherwise."""

    def __init__(self) -> None:
        self.journals: dict[str, bytes] = {}
        self.blobs: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.answers: list[tuple[int, bytes] | Callable[[], None]] = []

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        name, _, query = path.partition("?")
        have = self.journals.get(name, b"")
        if name.startswith("/api/v1/blobs/"):
            return self.blob(method, name.rpartition("/")[2], body)
        missing = [blob for blob in attached(body) if blob not in self.blobs]
        if missing:
            return 409, json.dumps({"title": "Files are missing", "missing": missing}).encode()
        if method == "POST":
            offset = int(query.removeprefix("offset="))
            if offset > len(have):
                return 409, json.dumps({"title": "gap", "expected": len(have)}).encode()
            self.journals[name] = have = have[:offset] + body if offset + len(body) > len(have) else have
        return 200, json.dumps({"offset": len(have)}).encode()

    def blob(self, method: str, name: str, body: bytes) -> tuple[int, bytes]:
        if method == "HEAD":
            return (200 if name in self.blobs else 404), b""
        if hashlib.sha256(body).hexdigest() != name:
            return 422, json.dumps({"title": "hash", "detail": "it is something else"}).encode()
        self.blobs[name] = body
        return 201, json.dumps({"hash": name, "size": len(body)}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.store.requests.append((self.command, self.path, dict(self.headers)))
        planned = self.store.answers.pop(0) if self.store.answers else None
        if callable(planned):  # it arrives, and the answer is lost
            self.store.answer(self.command, self.path, body)
            self.close_connection = True
            return
        status, data = planned or self.store.answer(self.command, self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_HEAD = do_PUT = handle_any  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture(params=["127.0.0.1", "127.0.0.2"], ids=["loopback", "elsewhere"])
def url(store: Store, request: pytest.FixtureRequest) -> Iterator[str]:
    handler = type("Bound", (Handler,), {"store": store})
    with HTTPServer((request.param, 0), handler) as http:
        thread = Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://{request.param}:{http.server_address[1]}"
        http.shutdown()
        thread.join()


def lost() -> None:
    """Stand for an answer that never comes back."""


def written(home: Path, calls: int = 100, *, finish: bool = True) -> tuple[JournalFile, bytes]:
    """Return a journal and its bytes."""
    run = gnomon.init("p", home=home)
    for i in range(calls):
        run.log({"x": float(i)})
    if finish:
        run.finish()
    [file] = Listing(journal_root(home)).refresh()
    return file, file.path.read_bytes()


def with_files(home: Path, n: int = 2, *, finish: bool = True) -> tuple[JournalFile, dict[str, bytes]]:
    """Return a journal whose records name files, and these."""
    run = gnomon.init("p", home=home)
    for i in range(n):
        path = home / f"file {i}"
        path.write_bytes(bytes([i]) * 70_000)
        run.log({"x": gnomon.File(path)})
    if finish:
        run.finish()
    [file] = Listing(journal_root(home)).refresh()
    return file, {path.name: path.read_bytes() for path in (file.path.parent / STAGED).iterdir()}


def asked(store: Store) -> list[str]:
    return [method for method, path, _ in store.requests]


def address(file: JournalFile) -> str:
    return f"/api/v1/journals/{file.run}/{file.writer}"


def test_a_closed_journal_is_sent_whole_and_removed(store: Store, url: str, home: Path) -> None:
    file, data = written(home)
    shipment = Shipment(file, Destination(url, "t0ken"))
    with Link(url, "t0ken") as link:
        assert (shipment.ship(link), shipment.complete()) == (len(data), True)
    assert store.journals == {address(file): data}
    assert [(method, path) for method, path, _ in store.requests] == [
        ("GET", address(file)), ("POST", f"{address(file)}?offset=0"),
    ]  # fmt: skip
    sent = store.requests[1][2]
    assert (sent["Authorization"], sent["Content-Type"]) == ("Bearer t0ken", "application/octet-stream")
    assert sent.get("Content-Encoding") == (None if "127.0.0.1" in url else "gzip")
    assert list(journal_root(home).iterdir()) == []


def test_a_journal_that_grows_is_sent_in_whole_records_as_it_grows(
    store: Store, url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gnomon.sdk.shipper.PIECE_BYTES", 300)
    file, data = written(home, finish=False)
    with file.path.open("ab") as stream:
        stream.write(b"torn")
    shipment = Shipment(file, Destination(url))
    with Link(url) as link:
        taken = []
        while sent := shipment.ship(link):
            taken.append(sent)
        assert (sum(taken), len(taken) > 5, shipment.complete(), shipment.ship(link)) == (len(data), True, False, 0)
    assert store.journals == {address(file): data}
    assert json.loads(file.beside(".ack").read_bytes()) == {"offset": len(data)}


def test_an_answer_that_is_lost_is_asked_about_before_anything_is_sent_again(
    store: Store, url: str, home: Path
) -> None:
    file, data = written(home)
    shipment = Shipment(file, Destination(url))
    store.answers = [(200, b'{"offset": 0}'), lost, lost]
    with Link(url) as link:
        with pytest.raises(UnavailableError, match="cannot be reached"):
            shipment.ship(link)
        assert (shipment.ship(link), shipment.complete()) == (0, True)
    # Once more at once, on a new connection (the old one may just have been idle too long); then it asks.
    assert [method for method, _, _ in store.requests] == ["GET", "POST", "POST", "GET"]
    assert store.journals == {address(file): data}


def test_a_new_agent_goes_on_from_what_the_server_has_whatever_the_ack_says(store: Store, url: str, home: Path) -> None:
    file, data = written(home)
    ends = [record.end for record in journal.read(data)]
    for ack, have in ((ends[20], ends[70]), (ends[70], ends[20]), (ends[70], 0)):
        file.beside(".ack").write_text(json.dumps({"offset": ack}))
        store.journals = {address(file): data[:have]}
        with Link(url) as link:
            assert Shipment(file, Destination(url)).ship(link) == len(data) - have
        assert store.journals == {address(file): data}


def test_a_gap_is_closed_from_where_the_server_says(store: Store, url: str, home: Path) -> None:
    file, data = written(home)
    shipment = Shipment(file, Destination(url))
    store.answers = [(200, b'{"offset": 0}'), (409, b'{"title": "gap", "expected": 0}')]
    with Link(url) as link:
        assert shipment.ship(link) == 0
        assert shipment.ship(link) == len(data)
    assert store.journals == {address(file): data}


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, b"{}"), (403, b'{"title": "no"}'), (404, b"<html>nginx</html>"), (429, b"{}"), (500, b""), (502, b""), (503, b'{"a": 1}'), (200, b"[]")],
)  # fmt: skip
def test_trouble_that_may_pass_is_tried_again_and_keeps_the_journal(
    status: int, body: bytes, store: Store, url: str, home: Path
) -> None:
    file, data = written(home)
    shipment = Shipment(file, Destination(url))
    store.answers = [(status, body)]
    with Link(url) as link:
        with pytest.raises(UnavailableError, match=rf"answered {status}.*Check GNOMON_URL and GNOMON_TOKEN"):
            shipment.ship(link)
        assert (shipment.complete(), shipment.refused) == (False, None)
        assert shipment.ship(link) == len(data)


@pytest.mark.parametrize("status", [400, 404, 410, 413, 422])
def test_a_journal_that_is_refused_for_good_is_kept_with_the_reason(
    status: int, store: Store, url: str, home: Path
) -> None:
    file, _ = written(home)
    shipment = Shipment(file, Destination(url))
    store.answers = [(status, b'{"title": "No such run", "detail": "it was deleted"}')]
    with Link(url) as link:
        assert (shipment.ship(link), shipment.ship(link), shipment.complete()) == (0, 0, True)
    reason = f"{url} refuses journal {file.run}/{file.writer}: {status} No such run: it was deleted"
    assert (shipment.refused, json.loads(file.beside(".refused").read_bytes())) == (
        reason,
        {"offset": 0, "reason": reason},
    )
    assert (file.path.exists(), len(store.requests)) == (True, 1)


def test_a_server_that_claims_more_than_there_is_is_not_believed(store: Store, url: str, home: Path) -> None:
    file, data = written(home)
    store.answers = [(200, json.dumps({"offset": len(data) + 1}).encode())]
    with Link(url) as link:
        shipment = Shipment(file, Destination(url))
        assert shipment.ship(link) == 0
    assert "unknown offset" in str(shipment.refused)
    assert file.path.exists()


def test_sync_sends_everything_reports_progress_and_leaves_nothing(store: Store, url: str, home: Path) -> None:
    sizes = []
    for n in range(3):
        with gnomon.init(f"p{n}", home=home) as run:
            run.log({"x": n})
    sizes = [file.path.stat().st_size for file in Listing(journal_root(home)).refresh()]
    seen: list[tuple[int, int]] = []
    done = sync(home, url, None, lambda sent, total: seen.append((sent, total)))
    assert done == Shipped(3, sum(sizes), 0, ())
    assert (seen[-1], len(seen), list(journal_root(home).iterdir())) == ((sum(sizes), sum(sizes)), 3, [])
    assert sync(home, url) == Shipped(0, 0, 0, ())


def test_a_server_behind_a_path_is_asked_there(store: Store, url: str, home: Path) -> None:
    file, data = written(home)
    with Link(url + "/lab/") as link:
        Shipment(file, Destination(url)).ship(link)
    assert store.journals == {"/lab" + address(file): data}


@pytest.mark.parametrize("bad", ["", "ftp://x", "127.0.0.1:7117", "http://", "http://[::1", "http://host:port"])
def test_an_address_that_is_none_is_named(bad: str) -> None:
    with pytest.raises(InputError, match="url: expected http://host:port, received"):
        Link(bad)


def test_a_kept_connection_that_the_server_closed_is_opened_again(store: Store, url: str) -> None:
    with Link(url) as link:
        assert link.call("GET", "/a") == (200, {"offset": 0})
        assert link._connection is not None
        assert link._connection.sock is not None
        link._connection.sock.shutdown(2)
        assert link.call("GET", "/b") == (200, {"offset": 0})


def test_each_failure_waits_longer_up_to_half_a_minute_and_a_success_starts_over() -> None:
    now, waits = 0.0, []
    backoff = Backoff(lambda: now, lambda: 1.0)
    for _ in range(9):
        backoff.failed()
        waits.append(backoff.wait_s)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    backoff.worked()
    assert backoff.wait_s == 0.0
    half = Backoff(lambda: now, lambda: 0.0)
    half.failed()
    assert half.wait_s == 0.25


def test_a_journal_without_a_destination_stays(home: Path, tmp_path: Path) -> None:
    file, _ = written(home)
    contents: list[Any] = ["", "{", "[]", '{"token": 3}']
    for content in contents:
        file.beside(".to").write_text(content)
        assert Destination.of(file) is None
    file.beside(".to").write_text('{"url": "http://x", "token": null}')
    assert Destination.of(file) == Destination("http://x", None)


def test_files_go_before_the_records_that_name_them_and_are_removed_once_those_are_there(
    store: Store, url: str, home: Path
) -> None:
    file, files = with_files(home, finish=False)
    shipment = Shipment(file, Destination(url))
    with Link(url) as link:
        assert shipment.ship(link) == shipment.size
        assert shipment.complete() is False
    assert (store.blobs, asked(store)) == (files, ["GET", "HEAD", "PUT", "HEAD", "PUT", "POST"])
    assert list((file.path.parent / STAGED).iterdir()) == []
    sent = store.requests[2][2]
    assert (sent["Content-Length"], sent.get("Content-Encoding")) == ("70000", None)


def test_files_that_the_server_has_are_not_sent_again(store: Store, url: str, home: Path) -> None:
    file, files = with_files(home)
    store.blobs = dict(files)
    with Link(url) as link:
        shipment = Shipment(file, Destination(url))
        shipment.ship(link)
        assert shipment.complete()
    assert asked(store) == ["GET", "HEAD", "HEAD", "POST"]
    assert list(journal_root(home).iterdir()) == []


def test_files_that_the_server_lost_after_it_was_asked_are_sent_when_it_says_so(
    store: Store, url: str, home: Path
) -> None:
    file, files = with_files(home, 1)
    shipment = Shipment(file, Destination(url))
    store.answers = [(200, b'{"offset": 0}'), (200, b"")]
    with Link(url) as link:
        assert shipment.ship(link) == shipment.size
    assert (asked(store), store.blobs) == (["GET", "HEAD", "POST", "PUT", "POST"], files)


def test_a_file_that_is_neither_here_nor_there_is_looked_for_a_while_and_then_said(
    store: Store, url: str, home: Path
) -> None:
    file, files = with_files(home, 1)
    for name in files:
        file.attached(name).unlink()
    shipment = Shipment(file, Destination(url))
    with Link(url) as link:
        for _ in range(6):
            with pytest.raises(UnavailableError, match=r"is not beside the journal any more; looking again"):
                shipment.ship(link)
        assert (shipment.ship(link), shipment.complete(), file.path.exists()) == (0, True, True)
    assert "missing file: the file" in json.loads(file.beside(".refused").read_bytes())["reason"]
    assert store.journals == {}


def test_a_file_that_is_not_what_its_name_says_is_refused_by_the_server_for_good(
    store: Store, url: str, home: Path
) -> None:
    file, files = with_files(home, 1)
    for name in files:
        file.attached(name).write_bytes(b"damaged")
    shipment = Shipment(file, Destination(url))
    with Link(url) as link:
        assert (shipment.ship(link), shipment.complete()) == (0, True)
    assert str(shipment.refused).endswith("422 hash: it is something else")
    assert file.path.exists()
