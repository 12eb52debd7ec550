"""Known data sets come whole and right from a folder or a server, or not at all."""

import gzip
import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gnomon.core.errors import CorruptError, GnomonError, InputError, NotFoundError, UnavailableError
from gnomon.models.datasets.catalog import CATALOG, Known, known
from gnomon.models.datasets.fetch import Fetched, fetch

CONTENT = b"\0\0\x08\x01\0\0\0\x04" + bytes(4)
SMALL = Known("small", "", "", "", "http://127.0.0.1:9/", {"a.gz": hashlib.sha256(CONTENT).hexdigest()})


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def _noted(seen: list[tuple[str, int, int | None]]) -> Callable[[str, int, int | None], None]:
    return lambda name, done, size: seen.append((name, done, size))


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "a.gz").write_bytes(gzip.compress(CONTENT))
    return folder


@pytest.fixture
def url(origin: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(origin))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_files_come_from_a_folder_or_a_server_once(origin: Path, url: str, tmp_path: Path) -> None:
    for kind, place in (("folder", str(origin)), ("server", url)):
        folder = tmp_path / f"from-{kind}"
        seen: list[tuple[str, int, int | None]] = []
        size = (origin / "a.gz").stat().st_size
        assert fetch(SMALL, folder, place, _noted(seen)) == Fetched(folder, ("a.gz",), ())
        assert seen == [("a.gz", size, size)]
        assert fetch(SMALL, folder, "/nowhere") == Fetched(folder, (), ("a.gz",))


def test_a_server_that_unpacks_on_the_way_sends_the_same_data(origin: Path, tmp_path: Path) -> None:
    (origin / "a.gz").write_bytes(CONTENT)
    assert fetch(SMALL, tmp_path / "to", str(origin)).new == ("a.gz",)


@pytest.mark.parametrize("data", [gzip.compress(b"other"), gzip.compress(CONTENT)[:-4], b"<html>sign in</html>", b""])
def test_a_file_that_holds_something_else_is_not_kept(origin: Path, tmp_path: Path, data: bytes) -> None:
    (origin / "a.gz").write_bytes(data)
    with pytest.raises(CorruptError, match=r"a.gz: expected content of SHA-256 \w{16}…, received"):
        fetch(SMALL, tmp_path / "to", str(origin))
    assert list((tmp_path / "to").iterdir()) == []


def test_a_damaged_file_that_is_there_is_fetched_again(origin: Path, tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"half")
    assert fetch(SMALL, tmp_path, str(origin)).new == ("a.gz",)


@pytest.mark.parametrize(
    ("place", "kind", "says"),
    [
        ("/nowhere", NotFoundError, "there is no a.gz in /nowhere"),
        ("ftp://127.0.0.1/", InputError, "a URL that begins with http"),
        ("file:///etc", InputError, "a URL that begins with http"),
        ("http://127.0.0.1:9/", UnavailableError, "copy the files and use --from FOLDER"),
    ],
)
def test_a_place_without_the_file_says_what_to_do(
    place: str, kind: type[GnomonError], says: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=says):
        fetch(SMALL, tmp_path, place)


def test_a_file_that_the_server_does_not_have_is_told(url: str, tmp_path: Path) -> None:
    missing = Known("small", "", "", "", "", {"b.gz": "0" * 64})
    with pytest.raises(NotFoundError, match="the server answered 404"):
        fetch(missing, tmp_path, url)


def test_mnist_is_what_the_catalogue_says(tmp_path: Path) -> None:
    shared = Path(__file__).parents[5] / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("needs the MNIST files of ../shared")
    for name in CATALOG:
        assert len(fetch(known(name), tmp_path / name, str(shared / name)).new) == 4
    with pytest.raises(NotFoundError, match="There are mnist, fashion-mnist"):
        known("cifar")


FULL = """
import resource, sys
from pathlib import Path
from gnomon.models.datasets.catalog import Known
from gnomon.models.datasets.fetch import fetch
# A limit on the size of files stands for the disk: writing fails in the middle, as it does there.
resource.setrlimit(resource.RLIMIT_FSIZE, (4, 4))
fetch(Known("small", "", "", "", "", {"a.gz": sys.argv[3]}), Path(sys.argv[2]), sys.argv[1])
"""


def test_a_disk_that_is_full_leaves_no_part_of_a_file(origin: Path, tmp_path: Path) -> None:
    pytest.importorskip("resource")
    command = [sys.executable, "-c", FULL, str(origin), str(tmp_path / "to"), SMALL.files["a.gz"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "File too large" in done.stderr) == (1, True)
    assert list((tmp_path / "to").iterdir()) == []
    assert fetch(SMALL, tmp_path / "to", str(origin)).new == ("a.gz",)


def test_files_that_somebody_unpacked_are_taken_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    assert fetch(SMALL, tmp_path / "to", str(tmp_path)) == Fetched(tmp_path / "to", ("a.gz",), ())
    assert gzip.decompress((tmp_path / "to" / "a.gz").read_bytes()) == CONTENT
    (tmp_path / "a").write_bytes(CONTENT[:-1])
    with pytest.raises(CorruptError, match="expected content"):
        fetch(SMALL, tmp_path / "other", str(tmp_path))
    assert list((tmp_path / "other").iterdir()) == []
