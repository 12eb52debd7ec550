"""Records that say anything at all of themselves: every route answers below 500, shows no page, and the server lives."""

import os
import random
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from gnomon.core import ids, journal
from gnomon.core.batch import Batch, decode_batch
from gnomon.core.records.registry import types
from gnomon.server.app import create_app
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather use a successor of httpx that we do not need
    from starlette.testclient import TestClient

PAYLOADS = (
    bytes(range(12)),
    b"",
    b"<script>alert(1)</script>",
    b"[" * 5000,
    b"\x80\x04\x95cos\nsystem\n",
    b"GIF89a\xff\xff\xff\xff\xf0\0\0" + bytes(6) + (b",\0\0\0\0\xff\xff\xff\xff\x08\x02\0\0\0" * 1000) + b";",
    b"SIMPLE  =                    T" + b" " * 3000,
    b"ply\nformat ascii 1.0\nelement vertex 9999999999\n",
    b'{"columns": [[1, 2], [3]]}',
    b'{"nodes": 1e999}',
)
RAW = {"format": "raw", "dtype": "uint8", "shape": [2, 2, 3]}
PART = {"format": "raw", "dtype": "uint8", "shape": [2, 2, 3], "offset": 0, "size": 12}
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 7, 2**40, 2**62, 1.5, float("nan"), float("inf"), "", "x", "raw", "png", "gif", "html", "parts",
    "uint8", "bfloat16", "float8_e4m3fn", "complex64", "object", "<U3", [], [0], [12], [2, 2, 3], [-3, -4], [2**40, 0, 3],
    [2**31, 2**31], [1] * 70, [True, 12], [[]], {}, {"a": 1}, [PART], [PART] * 3, [{**PART, "size": 10**12}], [None, 3],
    [{"name": "a", "type": "number"}], [{"label": "a", "n": 2**60}], ["a" * 64] * 20, "../../etc/passwd", "a\r\nX: y", "\ud7ff<b>",
)  # fmt: skip
FIELDS = (
    "format dtype shape low high bad range parts captions columns caption n dims dim rgb labels names values vertices faces "
    "bins curves rows nodes edges name media_type fps rate channels frames offset bscale bzero header scripts library width"
).split()
PATHS = ("", "/data", "/image", "/image?size=16&index=1&stretch=log&channel=0", "/array", "/array?slice=0", "/frame")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Home(tmp_path_factory.mktemp("records"), MemoryEngine()) as lab:
        yield lab


@pytest.fixture(scope="module")
def client(lab: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(lab, ServerSettings(static=tmp_path_factory.mktemp("static")))
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made


def drawn(seed: int) -> list[tuple[str, dict[str, Any], bytes]]:
    """Return one hostile record for each kind: a sensible meta with a few fields of nonsense, on bytes of another kind."""
    dice = random.Random(seed)
    kinds = (*types(), "unknown", "../x", "<script>")
    return [
        (
            kind,
            dice.choice([{}, RAW])
            | {field: dice.choice(ODD) for field in dice.choices(FIELDS, k=dice.randrange(1, 6))},
            dice.choice(PAYLOADS),
        )
        for kind in kinds
    ]


def stored(lab: Home, records: list[tuple[str, dict[str, Any], bytes]]) -> str:
    run = ids.run_id()
    opened = journal.Open(run=run, project="p", writer="w" * 12, name=run, us=1)
    written = [journal.encode(journal.OBJECT, str(i), k, 0, 1, m, d) for i, (k, m, d) in enumerate(records)]
    data = b"".join([journal.encode(journal.OPEN, opened), *written])
    batch: Batch = decode_batch(data, run=run, writer="w" * 12, offset=0, keysets={})
    lab.submit([batch])[0].result()
    return run


@pytest.mark.parametrize("seed", range(int(os.environ.get("GNOMON_TRIALS", "0").replace("full", "200") or 0) or 8))
def test_whatever_a_record_says_of_itself_is_answered(client: TestClient, lab: Home, seed: int) -> None:
    records = drawn(seed)
    run = stored(lab, records)
    for i, said in enumerate(records):
        for path in (*(f"records/{i + 1}{path}" for path in PATHS), f"records?key={i}", f"slices?key={i}"):
            answer = client.get(f"/api/v1/runs/{run}/{path}")
            assert answer.status_code < 500, (path, said, answer.text[:200])
            policy = answer.headers["content-security-policy"]
            is_page = answer.headers.get("content-type", "").startswith(("text/html", "image/svg"))
            assert not is_page or policy.startswith("sandbox"), (path, said)


def test_a_meta_nested_without_end_hides_neither_its_run_nor_the_others(client: TestClient, lab: Home) -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    run = stored(lab, [("image", {"deep": deep}, b""), ("text", {"deep": deep}, b"fine")])
    for path in (f"{run}/records?key=0", f"{run}/records/2", f"{run}/records/1/image", run):
        assert client.get(f"/api/v1/runs/{path}").status_code < 500, path
    assert client.get(f"/api/v1/runs/{run}/records?key=1").json()["records"][0]["value"] == "fine"
    assert client.get("/api/v1/projects").status_code == 200
