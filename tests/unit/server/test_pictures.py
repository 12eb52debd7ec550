import asyncio
import io
import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from gnomon.core.batch import Object
from gnomon.core.errors import CorruptError, UnavailableError
from gnomon.core.records.registry import encode
from gnomon.server.pictures import Pictures
from gnomon.store.home import Home

from .logged import US, new_run, ramp, record, tensor

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100 + b"IEND\xaeB`\x82"


def test_one_picture_asked_for_by_many_is_drawn_once(tmp_path: Path) -> None:
    begun, go = threading.Event(), threading.Event()

    def draw() -> bytes:
        begun.set()
        assert go.wait(10)
        return PNG

    async def ask() -> list[bytes]:
        pictures = Pictures(tmp_path / "cache")
        asked = [asyncio.create_task(pictures.get("ab" * 20, draw)) for _ in range(100)]
        await asyncio.to_thread(begun.wait)
        asked[0].cancel()  # one reader that goes away takes nothing from the others
        go.set()
        found = await asyncio.gather(*asked[1:])
        assert pictures.made == 1
        pictures.close()
        return found

    assert set(asyncio.run(ask())) == {PNG}


def test_a_picture_is_found_again_in_memory_and_on_the_disk(tmp_path: Path) -> None:
    async def ask(memory_bytes: int) -> int:
        pictures = Pictures(tmp_path / "cache", memory_bytes=memory_bytes)
        for _ in range(3):
            assert await pictures.get("cd" * 20, lambda: PNG) == PNG
        pictures.close()
        return pictures.made

    assert [asyncio.run(ask(1 << 20)), asyncio.run(ask(0))] == [1, 0]
    (path,) = (tmp_path / "cache").glob("*/*.png")
    path.write_bytes(PNG[:50])  # as a power cut may leave it
    assert asyncio.run(ask(1 << 20)) == 1
    assert path.read_bytes() == PNG


def test_the_disk_keeps_what_was_used_last_within_its_bytes(tmp_path: Path) -> None:
    async def ask() -> None:
        pictures = Pictures(tmp_path / "cache", memory_bytes=0, disk_bytes=10 * len(PNG))
        for i in range(40):
            await pictures.get(f"{i:040d}", lambda: PNG)
        pictures.close()

    asyncio.run(ask())
    kept = sum(path.stat().st_size for path in (tmp_path / "cache").glob("*/*.png"))
    assert 0 < kept <= 10 * len(PNG)


def test_a_disk_that_cannot_be_written_only_costs_drawing_again(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")

    async def ask() -> int:
        pictures = Pictures(tmp_path / "cache", memory_bytes=0)
        for _ in range(2):
            assert await pictures.get("ef" * 20, lambda: PNG) == PNG
        pictures.close()
        return pictures.made

    assert asyncio.run(ask()) == 2


def test_an_error_reaches_everybody_and_is_not_kept(tmp_path: Path) -> None:
    def fail() -> bytes:
        msg = "damaged"
        raise CorruptError(msg)

    async def ask() -> None:
        pictures = Pictures(tmp_path / "cache")
        found = await asyncio.gather(*(pictures.get("a" * 40, fail) for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in found] == [CorruptError] * 3
        assert await pictures.get("a" * 40, lambda: PNG) == PNG
        pictures.close()

    asyncio.run(ask())


def test_a_reader_does_not_wait_for_ever(tmp_path: Path) -> None:
    go = threading.Event()

    async def ask() -> None:
        pictures = Pictures(tmp_path / "cache", timeout_s=0.01)
        with pytest.raises(UnavailableError, match="not ready"):
            await pictures.get("b" * 40, lambda: PNG if go.wait(10) else b"")
        go.set()
        pictures.close()

    asyncio.run(ask())


def logged(key: str, value: object) -> Object:
    encoded = encode(value)
    assert encoded is not None
    assert not isinstance(encoded.data, Path)
    return record(key, 0, encoded.kind, bytes(encoded.data), **encoded.meta)


def seen(client: TestClient, run: str, key: str, **asked: object) -> np.ndarray:
    number = client.get(f"/api/v1/runs/{run}/records?key={key}").json()["records"][0]["id"]
    answer = client.get(f"/api/v1/runs/{run}/records/{number}/image", params=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_an_image_comes_back_pixel_by_pixel(client: TestClient, lab: Home) -> None:
    import gnomon

    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    run = new_run(lab, logged("i", gnomon.Image(pixels)), logged("b", gnomon.Images(np.stack([pixels, 255 - pixels]))))
    assert np.array_equal(seen(client, run, "i"), pixels)
    assert np.array_equal(seen(client, run, "b", index=1), 255 - pixels)
    assert np.array_equal(seen(client, run, "i", channel=1), pixels[:, :, 1])
    assert seen(client, run, "i", size=15).shape == (10, 15, 3)


def test_planes_of_a_tensor_are_seen_by_their_index(client: TestClient, lab: Home) -> None:
    array = ramp(0, (2, 3, 8, 5))
    run = new_run(lab, tensor("t", 0, array))
    for index, plane in enumerate(array.reshape(6, 8, 5)):
        low, high = float(plane.min()), float(plane.max())
        expected = np.rint((plane - low) / (high - low) * 255).astype(np.uint8)
        assert np.array_equal(seen(client, run, "t", index=index, low=low, high=high), expected)


def test_of_a_large_plane_a_thumbnail_reads_a_part(client: TestClient, lab: Home) -> None:
    run = new_run(lab, tensor("t", 0, np.add.outer(np.arange(2000), np.arange(1000)).astype(np.float32)))
    thumbnail = seen(client, run, "t", size=100)
    assert thumbnail.shape == (100, 50)
    assert np.all(np.diff(thumbnail.astype(int), axis=0) >= 0)
    assert (int(thumbnail[0, 0]) < 5, int(thumbnail[-1, -1]) > 250) == (True, True)


def png_of(width: int, height: int) -> bytes:
    """Return a PNG whose header promises so many pixels, and whose few bytes inflate to a million zeros."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1 << 20))), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


GIF = b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0xF0, 0, 0) + bytes(6) + b"," + bytes(8) * 10 + b";"


@pytest.mark.parametrize(
    ("kind", "data", "meta"),
    [
        ("image", png_of(50_000, 50_000), {"format": "png", "shape": [50_000, 50_000, 3]}),
        ("image", png_of(12_000, 12_000), {"format": "png", "shape": [2, 2, 3]}),
        ("image", png_of(1000, 1000)[:200], {"format": "png", "shape": [1000, 1000, 3]}),
        ("image", GIF, {"format": "gif", "shape": [10, 10, 3]}),
        ("image", b"<svg onload=alert(1)>", {"format": "png"}),
        ("image", b"1234", {"format": "raw", "dtype": "uint8", "shape": [10**9, 10**9, 3]}),
        ("image", b"", {}),
        ("images", b"12", {"format": "parts", "parts": [{"format": "png", "offset": -5, "size": 10**12}]}),
        ("images", b"12", {"format": "parts", "parts": "x"}),
        ("video", GIF, {"format": "gif", "fps": 8}),
        ("video", b"ftyp", {"format": "mp4"}),
        ("video", b"ftyp", {"format": ["gif"]}),
        ("fits", b"SIMPLE  =" + b"9" * 5000, {"shape": [10, 10], "dtype": "float32"}),
        ("fits", b"", {}),
        ("tensor", b"12345678", {"dtype": "float64", "shape": [2]}),
        ("tensor", b"12345678", {"dtype": "object", "shape": [1, 1]}),
        ("figure", b"<html>", {"format": "html"}),
        ("html", b"<p>", {}),
        ("mesh", b"ply\nelement vertex 9999999999\n", {"vertices": 9_999_999_999, "faces": 1}),
    ],
)
def test_a_hostile_or_odd_record_has_no_picture_and_no_array(
    client: TestClient, lab: Home, kind: str, data: bytes, meta: dict[str, object]
) -> None:
    run = new_run(lab, Object("x", kind, 0, US, meta, data))
    number = client.get(f"/api/v1/runs/{run}/records?key=x").json()["records"][0]["id"]
    for path in ("image", "image?size=64", "image?index=3", "array"):
        answer = client.get(f"/api/v1/runs/{run}/records/{number}/{path}")
        assert 400 <= answer.status_code < 500, (path, answer.status_code, answer.text[:200])


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(client: TestClient, lab: Home) -> None:
    run = new_run(
        lab, Object("x", "image", 0, US, {"format": "png", "shape": [12_000, 12_000, 3]}, png_of(12_000, 12_000))
    )
    answer = client.get(f"/api/v1/runs/{run}/records/1/image?size=64")
    assert (answer.status_code, "at most 67108864 pixels" in answer.json()["detail"]) == (413, True)


@pytest.mark.parametrize(
    "query", ["size=0", "size=99999", "index=-1", "index=1", "stretch=x", "low=2&high=1", "channel=5"]
)
def test_a_question_that_makes_no_sense_is_refused(client: TestClient, lab: Home, query: str) -> None:
    run = new_run(lab, tensor("t", 0, ramp(0)))
    number = client.get(f"/api/v1/runs/{run}/records?key=t").json()["records"][0]["id"]
    assert client.get(f"/api/v1/runs/{run}/records/{number}/image?{query}").status_code == 400


def test_a_picture_that_a_browser_has_is_not_sent_again(client: TestClient, lab: Home) -> None:
    run = new_run(lab, tensor("t", 0, ramp(0)))
    number = client.get(f"/api/v1/runs/{run}/records?key=t").json()["records"][0]["id"]
    path = f"/api/v1/runs/{run}/records/{number}/image"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    assert client.get(f"{path}?stretch=log", headers={"if-none-match": tag}).status_code == 200
