# ruff: noqa: B905, EM101, EM102, RUF012, T201, TRY003 - this one stands alone, for people with any Python
"""Answer predictions of model.onnx over HTTP. Needs NumPy, ONNX Runtime and Pillow, see requirements.txt.

Values are sent as the data had them that the model was trained on: prepare.py prepares them as preprocess.json says, and
signature.json says what the model gives.
"""

import argparse
import io
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

try:
    import numpy as np
    import onnxruntime

    from gnomon.models.exporters.bundled.prepare import ONLY, Inputs, Refused, numbers
except ModuleNotFoundError as error:
    sys.exit(f"serve.py needs {error.name}. Install what it needs first: pip install -r requirements.txt")

HERE = Path(__file__).parent
MOST_BYTES = 16 << 20
AT_ONCE = 64  # rows that are computed together
TOP = 20  # classes that are told of
EXAMPLES = """\
what is sent, to POST /predict:
  {"rows": [{"COLUMN": value, ...}, ...]}           rows by column; null where a value is not known
  {"inputs": {"COLUMN": [value, ...], ...}}         the same by column; the name of an input stands for its columns
  {"inputs": [[...], ...]}                          numbers of the one input, one row or several
  {"image": "data:image/png;base64,..."}            one picture, as a data URI or base64
  a picture (Content-Type: image/...), or a .npy file (Content-Type: application/x-npy)

  curl -H 'content-type: image/png' --data-binary @picture.png http://127.0.0.1:8000/predict

GET / tells what this model takes and gives, GET /health whether it is there."""


def read_request(kind: str, body: bytes) -> tuple[Any, bool]:
    """Return what a request brings, by its Content-Type: columns by name or an array, and whether it is one row."""
    kind = kind.partition(";")[0].strip().lower()
    if kind.startswith("image/"):
        return {ONLY: [body]}, True
    if kind in ("application/x-npy", "application/octet-stream") and body.startswith(b"\x93NUMPY"):
        try:
            return numbers(np.load(io.BytesIO(body), allow_pickle=False), "body"), False
        except (ValueError, EOFError, OSError):
            raise Refused("body: expected a whole .npy file of numbers.") from None
    if kind not in ("application/json", "", "text/plain", "application/x-www-form-urlencoded"):
        raise Refused(f"Content-Type: expected application/json, image/... or application/x-npy, received {kind:.60}.")
    return of_json(body)


def of_json(body: bytes) -> tuple[Any, bool]:
    """Return what a body of JSON brings, likewise."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(f"body: expected JSON: {error}.") from None
    names = list(asked) if isinstance(asked, dict) else []
    if len(names) != 1 or names[0] not in ("image", "inputs", "rows"):
        raise Refused("body: expected one of `image`, `inputs` and `rows`. GET / tells what this model takes.")
    sent = asked[names[0]]
    if names == ["image"]:
        if not isinstance(sent, str):
            raise Refused("image: expected a data URI or base64 of a picture.")
        return {ONLY: [sent]}, True
    if names == ["rows"]:
        return by_column(sent), False
    if isinstance(sent, dict):
        counts = {len(values) if isinstance(values, list) else -1 for values in sent.values()}
        if len(counts) != 1 or -1 in counts:
            raise Refused("inputs: expected a list for each name, as many values in each, one for each row.")
        return sent, False
    if sent and isinstance(sent, list) and all(value is None or isinstance(value, str) for value in sent):
        return {ONLY: sent}, False  # classes, pictures
    return numbers(sent, "inputs"), False


def by_column(rows: Any) -> dict[str, list[Any]]:
    """Return rows by column."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused("rows: expected a list of rows, each with its values by name.")
    names = dict.fromkeys(name for row in rows for name in row)
    for i, row in enumerate(rows):
        for name in names:
            if name not in row:
                raise Refused(f"rows[{i}].{name}: expected a value in every row, or null where it is not known.")
    return {name: [row[name] for row in rows] for name in names}


# What is answered.


def answer_of(port: dict[str, Any], values: Any) -> dict[str, Any]:
    """Return the answer of one output to one row: classes with the likeliest first, or numbers."""
    if not np.isfinite(values).all():
        raise Refused(f"{port['name']}: the model gives NaN or infinity for these inputs.")
    kind = port.get("kind", "")
    rounded = np.round(values.astype(np.float64), 6).tolist()
    if kind in ("classification", "multi_label") and values.ndim == 1:
        names = port.get("classes") or []
        names = names if len(names) == len(values) else [str(i) for i in range(len(values))]
        order = np.argsort(-values, kind="stable")[:TOP].tolist()
        likeliest = [{"label": names[i], "confidence": rounded[i]} for i in order]
        if kind == "classification":
            return {"label": likeliest[0]["label"], "predictions": likeliest}
        return {"labels": [each["label"] for each in likeliest if each["confidence"] >= 0.5], "predictions": likeliest}
    if kind == "segmentation" and values.ndim == 3:
        codes = values.argmax(-1) if values.shape[-1] > 1 else values[..., 0] >= 0.5
        return {"value": codes.astype(int).tolist()}
    return {"value": rounded}


class Model:
    """The model of a folder, which holds model.onnx, preprocess.json and signature.json."""

    TYPES = {
        "tensor(float)": np.float32,
        "tensor(double)": np.float64,
        "tensor(int64)": np.int64,
        "tensor(int32)": np.int32,
        "tensor(uint8)": np.uint8,
        "tensor(bool)": np.bool_,
    }

    def __init__(self, folder: Path) -> None:
        self.takes = json.loads((folder / "preprocess.json").read_text("utf-8"))
        self.gives = json.loads((folder / "signature.json").read_text("utf-8"))["outputs"]
        self.inputs = Inputs(self.takes)
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
        self.types = {each.name: self.TYPES[each.type] for each in self.session.get_inputs()}
        # An output of the name of an input ends in _out, for ONNX has one set of names.
        ends = {f"{name}_out": name for name in self.types}
        self.names = [ends.get(each.name, each.name) for each in self.session.get_outputs()]

    def predict(self, kind: str, body: bytes) -> dict[str, Any]:
        """Return the answer to a request: of one row that was sent as such, otherwise `results`."""
        sent, is_single = read_request(kind, body)
        arrays, rows, is_single = self.inputs.read(sent, is_single=is_single)
        answers: list[dict[str, Any]] = []
        for first in range(0, rows, AT_ONCE):
            given = {name: arrays[name][first : first + AT_ONCE].astype(type_) for name, type_ in self.types.items()}
            found = dict(zip(self.names, self.session.run(None, given)))
            for row in range(min(AT_ONCE, rows - first)):
                each = {port["name"]: answer_of(port, found[port["name"]][row]) for port in self.gives}
                answers.append(next(iter(each.values())) if len(each) == 1 else {"outputs": each})
        return answers[0] if is_single else {"results": answers}


class Handler(BaseHTTPRequestHandler):
    """Answers requests with the model of its class."""

    model: Model

    def do_GET(self) -> None:
        told = {"/": {"takes": self.model.takes, "gives": self.model.gives}, "/health": {"status": "ok"}}
        self.tell(200, told[self.path]) if self.path in told else self.tell(404, {"detail": "POST /predict answers."})

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        if self.path != "/predict":
            return self.tell(404, {"status": 404, "detail": "POST /predict answers."})
        if size > MOST_BYTES:
            return self.tell(413, {"status": 413, "detail": f"body: expected at most {MOST_BYTES:,} bytes."})
        try:
            self.tell(200, self.model.predict(self.headers.get("content-type") or "", self.rfile.read(size)))
        except Refused as error:
            self.tell(error.status, {"status": error.status, "detail": str(error)})
        except Exception as error:
            self.tell(500, {"status": 500, "detail": f"{type(error).__name__}: {error!s:.300}"})
            raise

    def tell(self, status: int, answer: dict[str, Any]) -> None:
        """Send an answer."""
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json" if status == 200 else "application/problem+json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve the folder that this file lies in."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("serve.py", description=__doc__, epilog=EXAMPLES, formatter_class=form)
    parser.add_argument(
        "port", nargs="?", type=int, default=8000, help="where it answers; 0 for one that is free (8000)"
    )
    parser.add_argument("host", nargs="?", default="127.0.0.1", help="0.0.0.0 for every address (127.0.0.1)")
    asked = parser.parse_args()
    Handler.model = Model(HERE)
    try:
        made = ThreadingHTTPServer((asked.host, asked.port), Handler)
    except (OSError, OverflowError) as error:
        sys.exit(f"serve.py cannot answer at {asked.host}:{asked.port}: {error}. Name another port.")
    with made as server:
        print(f"http://{asked.host}:{server.server_port}/predict answers; Ctrl-C ends it.", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
