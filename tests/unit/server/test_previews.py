"""Previews over HTTP, by real workers and the real PyTorch; and what they never run."""

import asyncio
import importlib.util
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from starlette.testclient import TestClient

import gnomon
from gnomon.core.batch import Change
from gnomon.core.errors import ConflictError
from gnomon.core.ids import run_id
from gnomon.graph.code import write
from gnomon.graph.document import Graph, decode
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.preview import runner
from gnomon.models.training.checkpoint import State, Tensors, save
from gnomon.server import worker_process
from gnomon.server.app import create_app
from gnomon.server.context import Context
from gnomon.server.errors import describe
from gnomon.server.graphs import Sender
from gnomon.server.settings import ServerSettings
from gnomon.server.wire_previews import Preview, PreviewPost
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine

from .logged import US, new_run

SOURCE = Path(gnomon.__file__).parents[1]
BASE = "http://127.0.0.1:7000"
CLASSES = {"id": "label", "type": "core/classification@1"}


OWN = """from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, component
from gnomon.graph.spec import Spec

@component("own/thrice@1", title="Thrice", category="Own")
class Thrice(Component):
    \"\"\"Three times what comes in.\"\"\"

    def infer(self, x: Spec) -> Inferred:
        return Inferred(x)

    def torch(self, x: Spec) -> Code:
        return Code("{0} * 3")
"""


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server whose workers stay warm from one test to the next."""
    pytest.importorskip("torch")
    home = tmp_path_factory.mktemp("previews")
    with Home(home, MemoryEngine()) as lab, TestClient(create_app(lab, ServerSettings()), base_url=BASE) as client:
        yield client


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server that must not run code of users."""
    pytest.importorskip("torch")
    home, settings = tmp_path_factory.mktemp("shut"), ServerSettings(allow_code=False)
    with Home(home, MemoryEngine()) as lab, TestClient(create_app(lab, settings), base_url=BASE) as client:
        yield client


def chain(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a graph of nodes one behind another; of Code nodes the ports are the names that they read and write."""
    edges = [
        {"from": [a["id"], a.get("params", {}).get("writes", "out")], "to": [b["id"], _reads(b)]}
        for a, b in itertools.pairwise(nodes)
    ]
    return {"nodes": list(nodes), "edges": edges, **more}


def _reads(node: dict[str, Any]) -> str:
    return str(node.get("params", {}).get("reads", "in"))


def code(statements: str, **more: str) -> dict[str, Any]:
    shapes = {"shapes": "4"}
    return {
        "id": "mine",
        "type": "core/code@1",
        "params": {"code": statements, "reads": "x", "writes": "mine", **shapes, **more},
    }


SMALL = {"id": "x", "type": "core/numeric_input@1", "params": {"columns": 4}}
HEAD = {"id": "head", "type": "core/dense@1", "params": {"units": 3}}


def made(client: TestClient, name: str, graph: dict[str, Any], project: str = "p") -> str:
    answer = client.post("/api/v1/graphs", json={"project": project, "name": name, "graph": graph})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def preview(client: TestClient, graph: str, *nodes: str, **asked: Any) -> Preview:
    answer = client.post(f"/api/v1/graphs/{graph}/preview", json={"nodes": nodes, **asked})
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Preview, strict=True)


def test_every_node_of_a_template_is_shown_and_only_what_changed_runs_again(warm: TestClient) -> None:
    graph = warm.post("/api/v1/graphs", json={"project": "p", "name": "cnn", "template": "mnist_cnn"}).json()
    ids = [node["id"] for node in graph["graph"]["nodes"]]
    first = preview(warm, graph["id"], *ids)
    assert (list(first.nodes), first.missing, first.troubles, first.rev) == (ids, {}, [], 1)
    assert first.cached == ["image", "label"]
    assert (first.weights, first.sample.why) == ("random", "The graph names no data.")
    assert first.framework.startswith("torch ")
    shapes = {name: node.shape for name, node in first.nodes.items()}
    assert shapes == {
        "image": [28, 28, 1], "conv1": [28, 28, 32], "pool1": [14, 14, 32], "conv2": [14, 14, 64], "pool2": [7, 7, 64],
        "flat": [3136], "hidden": [128], "drop": [128], "head": [10], "label": [10],
    }  # fmt: skip
    assert {name for name, node in first.nodes.items() if node.montage} == {"image", "conv1", "pool1", "conv2", "pool2"}
    assert first.nodes["label"].values == first.nodes["head"].values

    keys = {name: node.key for name, node in first.nodes.items()}
    again = preview(warm, graph["id"], *ids, known=keys)
    assert again.cached == ids
    assert {name: msgspec.to_builtins(node) for name, node in again.nodes.items()} == {
        name: {"key": key} for name, key in keys.items()
    }
    ops = [{"op": "set", "id": "hidden", "params": {"units": 64}}]
    assert warm.patch(f"/api/v1/graphs/{graph['id']}", json={"rev": 1, "ops": ops}).status_code == 200
    edited = preview(warm, graph["id"], *ids, known=keys)
    assert (edited.rev, [name for name in ids if name not in edited.cached]) == (2, ["hidden", "drop", "head"])
    assert [name for name, node in edited.nodes.items() if node.shape] == ["hidden", "drop", "head", "label"]
    assert preview(warm, graph["id"], *ids, rev=1).nodes == first.nodes


def test_rows_of_data_come_with_their_label(warm: TestClient) -> None:
    image = {"id": "image", "type": "core/image_input@1", "params": {"height": 8, "width": 8}}
    nodes = (image, {"id": "flat", "type": "core/flatten@1"}, {**HEAD, "params": {"units": 10}}, CLASSES)
    graph = made(warm, "digits", chain(*nodes, data={"dataset": "digits"}))
    first = preview(warm, graph, "image")
    row = first.sample
    assert (row.part, row.row, row.inputs, row.why) == ("train", 0, {"image": "image"}, "")
    assert row.dataset.startswith("digits@")
    assert row.label["label"] in "0123456789"
    again = preview(warm, graph, "image", sample={"part": "test", "row": row.rows * 1000 + 1})
    assert (again.sample.part, again.sample.row < again.sample.rows < row.rows) == ("test", True)
    assert again.nodes["image"].key != first.nodes["image"].key
    for sample, status in (({"part": "x"}, 404), ({"dataset": "none"}, 404), ({"row": -1}, 400)):
        answer = warm.post(f"/api/v1/graphs/{graph}/preview", json={"nodes": ["image"], "sample": sample})
        assert answer.status_code == status, answer.text


def test_data_that_do_not_fit_are_told_of_and_noise_is_shown(warm: TestClient) -> None:
    graph = made(warm, "misfit", chain(SMALL, HEAD, CLASSES, data={"dataset": "digits"}))
    found = preview(warm, graph, "head")
    assert (found.sample.dataset, found.sample.inputs) == ("", {"x": "noise"})
    assert "x" in found.sample.why
    answer = warm.post(f"/api/v1/graphs/{graph}/preview", json={"nodes": ["head"], "sample": {}})
    assert (answer.status_code, answer.json()["detail"]) == (400, found.sample.why)
    gone = made(warm, "gone", chain(SMALL, HEAD, CLASSES, data={"dataset": "no-such@3"}))
    assert 'there is no "no-such"' in preview(warm, gone, "head").sample.why


def test_code_that_fails_is_told_with_its_line_and_all_before_it_is_shown(warm: TestClient) -> None:
    graph = made(warm, "fails", chain(SMALL, code("y = x + 1\nmine = y @ 'no'"), HEAD, CLASSES))
    found = preview(warm, graph, "x", "mine", "head", "label")
    (trouble,) = found.troubles
    assert (trouble.node, trouble.file, trouble.line) == ("mine", "node", 2)
    assert trouble.message.startswith("TypeError: unsupported operand type(s) for @")
    assert trouble.trace.splitlines()[1] == '  File "node", line 2, in <module>'
    assert list(found.nodes) == ["x"]
    assert found.missing == {
        "mine": trouble.message, "head": "it waits for mine", "label": "it waits for head",
    }  # fmt: skip


def test_what_is_wrong_or_not_there_is_said(warm: TestClient) -> None:
    graph = made(warm, "wrong", {"nodes": [SMALL, HEAD, {"id": "odd", "type": "else/where@1"}]})
    found = preview(warm, graph, "x", "head", "odd", "nobody")
    assert list(found.nodes) == ["x"]
    assert found.missing == {
        "head": "Nothing is connected to input in.", "odd": "else/where@1 is not installed",
        "nobody": "There is no such node.",
    }  # fmt: skip
    answers = {
        warm.post(f"/api/v1/graphs/{id_}/preview", json=body).status_code
        for id_, body in (("none", {"nodes": []}), (graph, {}), (graph, {"nodes": ["x"], "rev": 9}))
    }
    assert answers == {404, 400}


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_without_the_framework_the_server_says_what_to_install(target: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "find_spec", lambda _: None)
    with pytest.raises(ImportError) as caught:
        runner.need(target)
    assert isinstance(caught.value, gnomon.core.errors.MissingExtraError)
    problem = describe(caught.value)
    assert (problem.status, f"`pip install gnomon[{target}]` where the server runs" in problem.detail) == (501, True)


def test_the_newest_checkpoint_of_a_run_is_looked_up_by_its_job(warm: TestClient) -> None:
    numpy = pytest.importorskip("safetensors.numpy")
    home: Home = warm.app.state.context.home  # type: ignore[attr-defined]
    job, other = run_id(), new_run(home)
    run, liar = (new_run(home, Change(US, {"job": each})) for each in (job, "../../etc"))
    graph = made(warm, "trained", chain(SMALL, HEAD, CLASSES))
    folder = JobFolder.of(home.path, job).checkpoints
    for step, bias in ((1, 1.0), (2, 2.0)):
        state = {"head.weight": np.zeros((3, 4), np.float32), "head.bias": np.full(3, bias, np.float32)}
        save(folder, Tensors(numpy.save(state), b"", State(step=step)))
    newest = preview(warm, graph, "head", weights={"run": run})
    first = preview(warm, graph, "head", weights={"run": run, "step": 1})
    assert [(each.weights, each.drawn, each.nodes["head"].values) for each in (newest, first)] == [
        (f"{run}@2", [], [2.0] * 3), (f"{run}@1", [], [1.0] * 3),
    ]  # fmt: skip
    told = []
    for asked in ({"run": run, "step": 3}, {"run": other}, {"run": liar}, {"run": "nobody"}):
        answer = warm.post(f"/api/v1/graphs/{graph}/preview", json={"nodes": ["head"], "weights": asked})
        assert answer.status_code == 404, answer.text
        told.append(answer.json()["detail"])
    assert told == [
        "weights.step: expected one of [1, 2], received 3.",
        f"weights.run: {other} was not trained by a job, so that there are no checkpoints of it.",
        "There is no job '../../etc'.",
        told[-1],
    ]


def test_keras_without_anything_to_run_on_says_what_to_install(tmp_path: Path) -> None:
    if importlib.util.find_spec("keras") is None:
        pytest.skip("Keras is not installed")
    code = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(('torch', 'tensorflow', 'jax')))\n"
        "from gnomon.core.errors import MissingExtraError\n"
        "from gnomon.models.preview.keras_runner import keras_module\n"
        "try: keras_module()\n"
        "except MissingExtraError as error: print(error)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"} | {"HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=SOURCE, env=environment
    )
    assert "It needs PyTorch, TensorFlow or JAX to run on: install `pip install gnomon[torch]`" in done.stdout


def test_a_component_of_their_own_runs_in_its_version(warm: TestClient) -> None:
    kept = warm.post("/api/v1/projects/p/components", json={"source": OWN})
    assert kept.status_code == 201, kept.text
    type_ = kept.json()["type"]
    graph = made(warm, "own", chain(SMALL, {"id": "own", "type": type_}, {"id": "y", "type": "core/regression@1"}))
    found = preview(warm, graph, "x", "own", "y")
    assert (found.missing, found.troubles) == ({}, [])
    x, own = (np.array(found.nodes[name].values) for name in ("x", "own"))
    np.testing.assert_allclose(own, 3 * x, rtol=1e-6)
    wrong = OWN.replace("{0} * 3", "{0}.no_such()")
    newer = warm.post("/api/v1/projects/p/components", json={"source": wrong, "follows": 1}).json()["type"]
    graph = made(warm, "own 2", chain(SMALL, {"id": "own", "type": newer}, {"id": "y", "type": "core/regression@1"}))
    found = preview(warm, graph, "x", "own", "y")
    (trouble,) = found.troubles
    assert (trouble.node, trouble.message) == ("own", "AttributeError: 'Tensor' object has no attribute 'no_such'")
    assert found.missing["y"] == "it waits for own"


HOLDING = """
import os
from gnomon.models.worker import __main__, methods
def hold(params, say):
    with open(params["nodes"][0]) as gate: gate.read()
    return {"pid": os.getpid()}
methods.METHODS = {"preview.run": "holding_worker:hold"}
if __name__ == "__main__": __main__.main()
"""


def test_a_newer_request_takes_the_place_of_one_that_waits(
    lab: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "holding_worker.py").write_text(HOLDING)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{SOURCE}")
    monkeypatch.setattr(worker_process, "MODULE", "holding_worker")

    async def go() -> None:
        found = Context.of(lab, ServerSettings())
        stored, _ = found.graphs.create("p", "g", Graph(), Sender())

        def ask(gate: str, by: str) -> "asyncio.Task[dict[str, Any]]":
            os.mkfifo(tmp_path / gate)
            asked = PreviewPost(nodes=[str(tmp_path / gate)], by=by)
            return asyncio.create_task(found.previews.get(stored.document.id, asked))

        async def open_(gate: str) -> None:
            await asyncio.to_thread(lambda: (tmp_path / gate).open("w").close())

        running = ask("running", "a")
        while not any(each.is_busy for each in found.workers.states()):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        older, newer, other = ask("older", "a"), ask("newer", "a"), ask("other", "b")
        with pytest.raises(ConflictError, match="by: a newer request for a preview of this graph"):
            await older
        running.cancel()  # its browser left; what it began is of use to the next
        with pytest.raises(asyncio.CancelledError):
            await running
        for gate in ("running", "newer", "other"):
            await open_(gate)
        ended = await asyncio.gather(newer, other)
        (state,) = found.workers.states()
        assert ended == [{"rev": 1, "pid": state.pid}] * 2
        assert state.calls == 3
        last = ask("last", "b")
        await open_("last")
        await last
        assert found.previews._turns == {}
        assert found.previews._waiting == {}
        await found.workers.close()

    asyncio.run(go())


def payloads(file: Path) -> dict[str, dict[str, Any]]:
    """Return graphs whose code would leave a file wherever it is run."""
    leave = f"__import__('pathlib').Path({str(file)!r}).touch()"
    within = chain(SMALL, code(f"{leave}\nmine = x"), HEAD, CLASSES)
    inner = {"id": "sub", "type": "core/subgraph@1", "params": {"graph": {"format": "graph/1", **within}}}
    holding = {
        "nodes": [SMALL, inner, CLASSES],
        "edges": [{"from": ["x", "out"], "to": ["sub", "x"]}, {"from": ["sub", "label"], "to": ["label", "in"]}],
    }
    beside = f"import torch\n{leave}\nclass M(torch.nn.Module):\n    def forward(self, x):\n        return x\n"
    return {
        "code": within,
        "setup": chain(SMALL, code("mine = x", setup=f"self.a = {leave}"), HEAD, CLASSES),
        "subgraph": holding,
        "source": chain(SMALL, HEAD, CLASSES, source={"torch": beside}),
        "text": chain({**SMALL, "note": leave}, {**HEAD, "params": {"units": 3, "activation": leave}}, CLASSES),
        "name": {**chain(SMALL, HEAD, CLASSES), "name": f'"""\n{leave}\n"""'.replace("\n", " ")},
    }


@pytest.mark.parametrize("kind", ["code", "setup", "subgraph", "source", "text", "name"])
def test_no_payload_leaves_a_file_while_code_is_off(
    kind: str, tmp_path: Path, shut: TestClient, warm: TestClient
) -> None:
    file = tmp_path / "left"
    graph = payloads(file)[kind]
    id_ = made(shut, f"payload {kind}", graph)
    ops = [{"op": "set", "id": "label", "params": {"from_logits": False}}]
    assert shut.patch(f"/api/v1/graphs/{id_}", json={"rev": 1, "ops": ops}).status_code == 200
    answers = [
        shut.get(f"/api/v1/graphs/{id_}"),
        shut.get(f"/api/v1/graphs/{id_}/code"),
        shut.post("/api/v1/graphs:check", json={"graph": graph}),
        shut.post("/api/v1/graphs:code", json={"graph": graph}),
        shut.post("/api/v1/graphs:parse", json={"text": write(decode(graph)).text}),
    ]
    assert all(each.status_code < 500 for each in answers)
    ids = [node["id"] for node in graph["nodes"]]
    found = preview(shut, id_, *ids)
    is_code = kind in ("code", "setup", "subgraph")
    if is_code:
        assert found.missing["sub" if kind == "subgraph" else "mine"] == ServerSettings(allow_code=False).why_no_code
        assert "x" in found.nodes
    assert not file.exists()
    # Where it may run, and only there, it does: the payload is one.
    preview(warm, made(warm, f"payload {kind}", graph), *ids)
    assert file.exists() == is_code


@pytest.mark.slow
def test_a_server_that_shows_previews_has_loaded_no_framework(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    script = (
        "import json, sys, warnings; warnings.simplefilter('ignore'); from pathlib import Path\n"
        "from starlette.testclient import TestClient; from gnomon.server.app import create_app\n"
        "from gnomon.store.home import Home; from gnomon.store.memory import MemoryEngine\n"
        "with Home(Path(sys.argv[1]), MemoryEngine()) as home:\n"
        f"    with TestClient(create_app(home), base_url={BASE!r}) as client:\n"
        "        made = client.post('/api/v1/graphs', json={'project': 'p', 'name': 'n', 'template': 'mlp'}).json()\n"
        "        asked = {'nodes': [each['id'] for each in made['graph']['nodes']]}\n"
        "        found = client.post(f'/api/v1/graphs/{made[\"id\"]}/preview', json=asked)\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "bad = {'torch', 'keras', 'tensorflow', 'jax', 'onnx', 'pandas', 'polars', 'pyarrow', 'matplotlib', 'sklearn'}\n"
        "print(json.dumps([found.status_code, len(found.json()['nodes']), sorted(roots & bad)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, check=True, text=True, cwd=SOURCE
    )
    assert json.loads(done.stdout) == [200, 5, []]
