"""Answers of a bundle that serves itself, beside those of gnomon to the same requests."""

import asyncio
import base64
import io
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PIL import Image

import gnomon
from gnomon.models.datasets.prepared import prepare
from gnomon.models.datasets.versions import packaged_version
from gnomon.server.serving.live import Live
from gnomon.server.serving.status import Source

JSON = "application/json"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Yield the address at which the bundle answers, in a process that knows nothing of ours."""
    assert [path.name for path in folder.glob("*.py") if "gnomon" in path.read_text("utf-8")] == []
    command = [sys.executable, "serve.py", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[0]
        finally:
            process.kill()


def asked(url: str, kind: str, body: bytes) -> tuple[int, Any]:
    """Return status and answer."""
    request = urllib.request.Request(url, body, {"content-type": kind})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def check_answers(folder: Path, version: Path) -> None:
    """See that a bundle of the digits takes what `gnomon serve` takes and answers as it does; refuses what it refuses.

    Args:
        folder: The bundle.
        version: Of which it was made.
    """
    assert str(Path(gnomon.__file__).parent).encode() not in (folder / "model.onnx").read_bytes()
    data = prepare(packaged_version("digits").spec)
    pixels = data.table.values("image", data.rows("test"))[:40]
    live = Live(Source("digits@1", "", "torch", str(version), str(folder / "model.onnx")))
    bodies = _requests(pixels)

    async def ours() -> list[Any]:
        found = []
        for kind, body in bodies:
            ready = await live.read(kind, body)
            found.append(msgspec.to_builtins(live.answer(await live.ask(ready), ready)))
        return found

    expected = asyncio.run(ours())
    with serving(folder) as url:
        got = [asked(url, kind, body) for kind, body in bodies]
        refused = [asked(url, JSON, json.dumps(each).encode()) for each in _WRONG]
    assert [status for status, _ in got] == [200] * len(bodies)
    most = max(_difference(mine, theirs) for mine, (_, theirs) in zip(expected, got, strict=True))
    print(f"largest difference of a confidence: {most:.3g}")
    assert most <= 2e-6  # both tell six digits
    starts = ("image: expected 8×8 in", "image: image is missing. ", "image: expected finite", "body: expected one of ")
    assert [status for status, _ in refused] == [422, 400, 400, 400]
    assert [answer["detail"][: len(start)] for (_, answer), start in zip(refused, starts, strict=True)] == [*starts]


_WRONG = (
    {"inputs": [[1, 2, 3]]},
    {"rows": [{"picture": 1}]},
    {"inputs": [[[float("nan")] * 8] * 8]},
    {"image": "", "rows": []},
)


def _requests(pixels: Any) -> list[tuple[str, bytes]]:
    """Return the same raw rows, from 0 to 16, in every shape that requests have."""
    values, file, array = pixels.tolist(), io.BytesIO(), io.BytesIO()
    picture = np.rint(pixels[0].reshape(8, 8).repeat(3, 0).repeat(3, 1) * (255 / 16)).astype(np.uint8)
    Image.fromarray(picture).save(file, "PNG")
    np.save(array, pixels)
    bodies: list[dict[str, Any]] = [
        {"inputs": values},
        {"inputs": values[0]},
        {"inputs": {"image": values}},
        {"rows": [{"image": each} for each in values]},
        {"image": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()},
        {"inputs": [base64.b64encode(file.getvalue()).decode()]},
    ]
    plain = [("image/png", file.getvalue()), ("application/x-npy", array.getvalue())]
    return [*((JSON, json.dumps(body).encode()) for body in bodies), *plain]


def _difference(mine: Any, theirs: Any) -> float:
    """Return the largest difference of two answers that are of one shape and name the same classes."""
    if "results" in mine:
        pairs = zip(mine["results"], theirs.pop("results"), strict=True)
        assert theirs == {}
        return max(_difference(*pair) for pair in pairs)
    assert (mine.keys(), mine["label"]) == (theirs.keys(), theirs["label"])
    first, second = ({each["label"]: each["confidence"] for each in side["predictions"]} for side in (mine, theirs))
    assert first.keys() == second.keys()
    return max(abs(first[name] - second[name]) for name in first)
