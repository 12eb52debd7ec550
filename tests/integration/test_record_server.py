"""Records through a server process: large files in bounded memory, ranges, and pictures asked for by many at once."""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pytest

from gnomon.core import ids, journal
from gnomon.core.records.registry import encode

from .test_server_process import Server, trials

OCTETS = {"content-type": "application/octet-stream"}
PIECE = bytes(range(256)) * 4096  # a megabyte
MB = trials(80, 400)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("records") / "home")
    yield server
    server.stop()


def peak_mb(server: Server) -> float:
    """Return the most memory that the server has held so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def new_run(server: Server, *records: bytes) -> str:
    run = ids.run_id()
    opened = journal.Open(run=run, project="p", writer="w00000", name=run, us=1)
    body = b"".join([journal.encode(journal.OPEN, msgspec.to_builtins(opened)), *records])
    answer = server.client.post(f"/api/v1/journals/{run}/w00000?offset=0", content=body, headers=OCTETS)
    assert answer.status_code == 200, answer.text
    return run


def test_a_large_file_goes_in_and_out_in_bounded_memory(server: Server) -> None:
    name = hashlib.sha256(PIECE * MB).hexdigest()
    server.client.get("/version")
    before = peak_mb(server)
    answer = server.client.put(f"/api/v1/blobs/{name}", content=(PIECE for _ in range(MB)), headers=OCTETS)
    assert (answer.status_code, answer.json()["size"]) == (201, MB << 20)
    attached = journal.encode(journal.ATTACHED, "film", "video", 0, 1, {"format": "mp4"}, name, MB << 20)
    run = new_run(server, attached)
    (row,) = server.client.get(f"/api/v1/runs/{run}/records?key=film").json()["records"]
    path = f"/api/v1/runs/{run}/records/{row['id']}/data"
    digest = hashlib.sha256()
    with server.client.stream("GET", path) as stream:
        assert (stream.headers["content-length"], stream.headers["content-type"]) == (str(MB << 20), "video/mp4")
        for part in stream.iter_raw():
            digest.update(part)
    assert digest.hexdigest() == name
    part = server.client.get(path, headers={"range": f"bytes={(MB << 20) - 300}-"})
    assert (part.status_code, part.content) == (206, PIECE[-300:])
    grown = peak_mb(server) - before
    print(f"{MB} MB in and out: {grown:.0f} MB more memory")
    assert grown < 40


def test_many_readers_of_one_picture_have_it_drawn_once(server: Server) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (600, 800, 3), np.uint8)
    encoded = encode(picture)
    assert encoded is not None
    record = journal.encode(journal.OBJECT, "t", "tensor", 0, 1, encoded.meta, bytes(encoded.data))  # type: ignore[arg-type]
    run = new_run(server, record)
    (row,) = server.client.get(f"/api/v1/runs/{run}/records?key=t").json()["records"]
    before = drawn(server)

    def ask(_: int) -> bytes:
        answer = server.client.get(f"/api/v1/runs/{run}/records/{row['id']}/image?size=200")
        assert answer.status_code == 200
        return answer.content

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(ask, range(64)))) == 1
    assert drawn(server) - before == 1


def drawn(server: Server) -> int:
    found = re.search(r"^gnomon_pictures_total (\d+)$", server.client.get("/metrics").text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_bombs_are_refused_in_bounded_memory(server: Server) -> None:
    run = new_run(server)
    before = peak_mb(server)
    bomb = gzip.compress(bytes(64 << 20), 9)
    for path in (f"/api/v1/runs/{run}/media?key=x", f"/api/v1/blobs/{hashlib.sha256(bomb).hexdigest()}"):
        headers = OCTETS | {"content-encoding": "gzip"}
        method = "POST" if "media" in path else "PUT"
        assert server.client.request(method, path, content=bomb, headers=headers).status_code == 415
    width = 50_000
    head = width.to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(16 << 20))), (b"IEND", b""))
    )
    image = journal.encode(journal.OBJECT, "i", "image", 0, 1, {"format": "png", "shape": [width, width, 3]}, png)
    huge = journal.encode(journal.OBJECT, "t", "tensor", 0, 1, {"dtype": "uint8", "shape": [10**9, 10**9]}, b"12")
    hostile = new_run(server, image, huge)
    for key in ("i", "t"):
        (row,) = server.client.get(f"/api/v1/runs/{hostile}/records?key={key}").json()["records"]
        for what in ("image", "image?size=100", "array"):
            answer = server.client.get(f"/api/v1/runs/{hostile}/records/{row['id']}/{what}")
            assert 400 <= answer.status_code < 500, (key, what, answer.text)
    assert server.client.get(f"/api/v1/runs/{hostile}/slices?key=t").status_code == 400
    grown = peak_mb(server) - before
    print(f"bombs: {grown:.0f} MB more memory")
    assert grown < 60
