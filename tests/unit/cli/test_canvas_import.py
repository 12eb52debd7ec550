"""`gnomon canvas import` writes graphs of models of other tools, and says what it could not do."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gnomon.cli.main import cli
from gnomon.graph.document import decode

KERAS = {
    "class_name": "Sequential",
    "config": {
        "name": "n",
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 8], "name": "x"}},
            {"class_name": "Dense", "config": {"name": "fc", "units": 3, "kernel_regularizer": {"class_name": "L2"}}},
        ],
    },
}
NET = """
from torch import nn
from helper_of_net import WIDTH

class Net(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.fc = nn.Linear(WIDTH, classes)

    def forward(self, x):
        return self.fc(x)
"""


def ask(*words: str | Path, code: int = 0) -> Result:
    found = CliRunner().invoke(cli, ["canvas", "import", *map(str, words)])
    assert found.exit_code == code, found.output
    return found


def test_a_saved_keras_model_becomes_a_graph_with_notes(tmp_path: Path) -> None:
    source, out = tmp_path / "net.json", tmp_path / "g.json"
    source.write_text(json.dumps(KERAS))
    said = ask(source, "-o", out)
    assert said.stdout == f"Wrote {out}: 3 nodes, read by keras.\n"
    assert "fc: its kernel_regularizer (L2) is not kept." in said.stderr
    graph = decode(out.read_bytes())
    assert (graph.name, graph.source) == ("net", {})
    assert [node.id for node in graph.nodes] == ["x", "fc", "result"]
    assert "is there already" in ask(source, "-o", out, code=1).output
    told: dict[str, Any] = json.loads(ask(source, "--json").stdout)
    assert (told["way"], told["error"], told["nodes"], told["graph"]["name"]) == ("keras", None, 3, "net")


def test_a_pytorch_file_is_run_beside_its_helpers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "helper_of_net.py").write_text("WIDTH = 5")
    (tmp_path / "net.py").write_text(NET)
    out = tmp_path / "g.json"
    said = ask(tmp_path / "net.py", "--object", "Net(classes=7)", "--input", "5", "-o", out, "--json")
    told = json.loads(said.stdout)
    assert (told["way"], told["file"], told["error"] <= 1e-6) == ("torch.export", str(out), True)
    assert [node.params for node in decode(out.read_bytes()).nodes if node.id == "fc"] == [{"units": 7}]
    assert json.loads(ask("torch.nn:Linear(4, 2)", "--input", "4", "--json").stdout)["way"] == "torch.export"
    (tmp_path / "bad.py").write_text("import torch\n\n1 / 0\n")
    assert f"{tmp_path / 'bad.py'}:3: ZeroDivisionError: division by zero" in ask(tmp_path / "bad.py", code=1).output


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("net.keras", b"nothing", "expected a .keras file or the JSON of model.to_json()"),
        ("net.onnx", b"\0" * 64, "expected an ONNX model"),
        ("gone.py", None, "There is no file"),
        ("1net", None, "expected package.module:expression"),
    ],
)
def test_what_is_no_model_is_said_with_its_name(tmp_path: Path, name: str, data: bytes | None, says: str) -> None:
    for module in ("torch", "onnx"):
        pytest.importorskip(module)
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    assert says in ask(path if data is not None or name.endswith(".py") else name, code=1).output
