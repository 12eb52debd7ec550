"""Exports as a server keeps them: of what data they may see, and what becomes of who waits for one that is deleted."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from gnomon.core.errors import ConflictError
from gnomon.graph.document import Graph, encode
from gnomon.models.datasets.registry import DatasetSpec
from gnomon.models.exporters.samples import samples
from gnomon.models.registry.registry import Given
from gnomon.server.context import Context
from gnomon.server.endpoint_entry import EndpointSpec
from gnomon.server.endpoints import Endpoints
from gnomon.server.exports import Exports
from gnomon.server.settings import ServerSettings
from gnomon.server.workers import Workers
from gnomon.store.home import Home

needs_torch = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("torch", "onnx", "onnxscript", "onnxruntime")), reason="no PyTorch here"
)


@dataclass
class Asked:
    """Stands where workers are asked, tells that it was, and never answers."""

    allow_code: bool = False
    came: asyncio.Event = field(default_factory=asyncio.Event)
    params: dict[str, Any] = field(default_factory=dict)

    async def call(self, _method: str, params: dict[str, Any], **_: Any) -> Any:
        self.params = params
        self.came.set()
        return await asyncio.Event().wait()


def exporting(lab: Home, look: Callable[[Exports, Asked], Awaitable[None]]) -> None:
    """Have something done on a server that others reach, with a version whose data are said to lie in /etc."""
    data = DatasetSpec("hosts", "/etc/hosts", "0" * 64, 1, {}, ())
    contents = {"graph.json": encode(Graph()), "model.safetensors": b"x", "dataset.json": msgspec.json.encode(data)}

    async def run() -> None:
        made = Context.of(lab, ServerSettings(host="0.0.0.0", token="t" * 16))
        made.models.add("m", Given("torch", contents))
        asked = Asked()
        exports = Exports(lab, made.models, made.datasets, cast("Workers", asked))
        await asyncio.wait_for(look(exports, asked), 60)

    with ThreadPoolExecutor(1) as pool:  # a thread of its own: browser tests may have left a loop in this one
        pool.submit(asyncio.run, run()).result()


@needs_torch
def test_data_where_a_server_may_not_look_are_withheld_and_who_waits_hears_that_an_export_was_deleted(
    lab: Home,
) -> None:
    async def look(exports: Exports, asked: Asked) -> None:
        waiting = asyncio.create_task(exports.make("m", "1", "code"))
        await asked.came.wait()
        assert "opens only what lies in the data folder" in asked.params["withheld"]
        await exports.delete("m", "1", "code")
        with pytest.raises(ConflictError, match="m@1 as code was deleted before it was done"):
            await waiting
        assert exports.under_way("m", "1") == ([], [])

    exporting(lab, look)


def test_what_is_withheld_is_not_opened_and_noise_says_why(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_bytes(b"not even read")
    found = samples(tmp_path, Graph(), tmp_path, withheld="not here.")
    assert (found.inputs, found.source) == ({}, "32 rows of noise: not here.")


@needs_torch
def test_an_endpoint_that_waits_for_its_export_can_be_stopped_and_tells_that_it_was_deleted(lab: Home) -> None:
    async def look(exports: Exports, asked: Asked) -> None:
        endpoints, changed, loop = Endpoints(lab, exports), asyncio.Event(), asyncio.get_running_loop()
        stop = lab.bus.listen(lambda: loop.call_soon_threadsafe(changed.set))
        try:
            await endpoints.start()
            await endpoints.create("m", EndpointSpec("m@1"))
            await asked.came.wait()
            assert endpoints.get("m").row().state == "exporting"
            assert (await endpoints.turn("m", on=False)).process.state == "stopped"
            asked.came.clear()
            await exports.delete("m", "1", "onnx")
            await endpoints.turn("m", on=True)
            await asked.came.wait()
            await exports.delete("m", "1", "onnx")
            while (row := endpoints.get("m").row()).state == "exporting":
                changed.clear()
                await changed.wait()
            assert (row.state, "was deleted before it was done" in row.trouble) == ("failed", True)
        finally:
            stop()
            await endpoints.close()

    exporting(lab, look)
    assert msgspec.convert(lab.documents.get("endpoint", "m").body, EndpointSpec).on
