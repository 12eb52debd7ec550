"""What names stand for: a version of PyTorch is served by its ONNX export, made once, and answers as the model itself does."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.unit.models.registry.test_trained import GRAPH

from gnomon.core.errors import InputError, MissingExtraError
from gnomon.graph.document import decode
from gnomon.models.datasets.binding import bind
from gnomon.models.datasets.prepared import prepare
from gnomon.models.datasets.versions import packaged_version
from gnomon.models.registry import home as registry
from gnomon.server.serving import found
from gnomon.server.serving.brought import Brought
from gnomon.server.serving.endpoint import Endpoint
from gnomon.server.serving.found import Wanted, planned, resolve
from gnomon.server.serving.live import Live, Results
from gnomon.server.serving.raw import reader_of
from gnomon.store.home import Home

DIGITS = packaged_version("digits").spec


def register(weights: bytes = b"") -> None:
    files: dict[str, bytes] = {"graph.json": json.dumps(GRAPH).encode(), "dataset.json": msgspec.json.encode(DIGITS)}
    registry.register("digits", {**files, "model.safetensors": weights}, aliases=["champion"])


async def refuse(_params: dict[str, Any]) -> dict[str, Any]:
    raise AssertionError


def test_an_export_answers_as_the_model_does_and_is_made_once(home: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    from safetensors.torch import save

    from gnomon.models.exporters.service import run
    from gnomon.models.exporters.torch_model import build_module, load

    register(save(build_module(decode(json.dumps(GRAPH).encode()))[1].state_dict()))

    async def export(params: dict[str, Any]) -> dict[str, Any]:
        return run(params, lambda _part, _text: None)

    wanted = Wanted("digits@champion")
    plan = asyncio.run(planned(wanted, home, resolve(wanted, home), export))
    assert plan == asyncio.run(planned(wanted, home, resolve(wanted, home), refuse)), "it is kept"
    model = load(Path(plan.model.folder), allow_code=False)
    data = prepare(DIGITS)
    rows = slice(0, 40)
    expected = model.answer(bind(model.graph, data).batch("test", rows)[0])[0]
    pixels = data.table.values("image", data.rows("test")[rows])

    async def asked() -> Results:
        live = Live(plan.model)
        ready = reader_of(DIGITS, model.graph, live.signature).read(Brought(array=pixels))
        found = live.answer(await live.ask(ready), ready)
        assert isinstance(found, Results)
        return found

    got = msgspec.to_builtins(asyncio.run(asked()))["results"]
    assert [each["label"] for each in got] == [str(i) for i in expected.argmax(axis=1)]
    confidences = [[one["confidence"] for one in each["predictions"]] for each in got]
    np.testing.assert_allclose(confidences, -np.sort(-expected, axis=1), atol=1e-5)


def test_without_pytorch_it_is_told_where_an_export_comes_from(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    monkeypatch.setattr(found, "find_spec", lambda _name: None)
    wanted = Wanted("digits@1")
    with pytest.raises(MissingExtraError, match=r"Install gnomon\[torch,onnx\], or have a server"):
        asyncio.run(planned(wanted, home, resolve(wanted, home), refuse))


def test_an_export_that_differs_from_the_model_is_not_served_and_not_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register()
    monkeypatch.setattr(found, "find_spec", lambda name: name)
    wanted = Wanted("digits@1")

    async def differs(params: dict[str, Any]) -> dict[str, Any]:
        Path(params["target"]).mkdir(parents=True)  # noqa: ASYNC240 - nobody else waits
        (Path(params["target"]) / "model.onnx").write_bytes(b"")
        return {"agrees": False, "largest": 0.5}

    for _ in range(2):
        with pytest.raises(InputError, match=r"differs from the model by 0\.5, and is not served"):
            asyncio.run(planned(wanted, home, resolve(wanted, home), differs))


def test_an_export_of_the_registry_is_taken_as_it_is(home: Path) -> None:
    register()
    place = home / "models" / "digits" / "1.exports" / "onnx"
    place.mkdir(parents=True)
    (place / "model.onnx").write_bytes(b"no model")
    with Home.open(home) as lab:
        lab.documents.put("model_export", "digits@1/onnx", {"agrees": True}, 1)
    wanted = Wanted("digits@1", canary="digits@champion", share=0.5)
    plan = asyncio.run(planned(wanted, home, resolve(wanted, home), refuse))
    assert (plan.model.model, plan.canary, plan.share) == (str(place / "model.onnx"), plan.model, 0.5)
    with pytest.raises(Exception, match="ONNX Runtime cannot load it"):
        Endpoint("digits", plan)
