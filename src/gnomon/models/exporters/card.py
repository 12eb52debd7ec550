"""The model card of a bundle: what somebody should know who was handed the folder."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gnomon.models.datasets.registry import DatasetSpec
from gnomon.models.exporters.exported import Exportable
from gnomon.models.registry.record import Signature

if TYPE_CHECKING:
    from gnomon.models.exporters.export import Export


def card(
    title: str,
    model: Exportable,
    made: "Export",
    signature: Signature,
    data: DatasetSpec | None,
    tested: Mapping[str, Any] | None,
) -> str:
    """Return the card, Markdown.

    Args:
        title: What the version is called: `name@3`.
        model: The model.
        made: What is known of the export.
        signature: What it takes and gives.
        data: What it was trained on.
        tested: What its newest test found: `dataset part rows figures`.
    """
    lines = [
        f"# {title}",
        "",
        f"{model.parameters:,} parameters. Architecture `{model.graph.sha[:16]}` (`graph.json`), as code in `model.py`.",
        "",
        "| | name | shape, without the rows | type | classes |",
        "|---|---|---|---|---|",
        *_ports(signature),
        "",
        "Arrays are channels last; classifications give probabilities.",
        "",
        "## Data",
        *_data(data),
        "",
        "## Tested",
        *_tested(tested),
        "",
        "## Checked",
        f"`model.onnx` was loaded again and compared with the model on {made.rows} rows:",
        f"largest difference {made.largest:.3g}, mean {made.mean:.3g}. One row took {made.latency_ms:.3g} ms on one thread.",
        "",
        "## Use",
        "`pip install -r requirements.txt`, then `python serve.py`; `python serve.py --help` tells what is sent. Values go in as",
        "the data have them; `prepare.py` prepares them as `preprocess.json` says. `model.onnx` itself takes what is prepared.",
        "",
        "## What to beware of",
        "Figures hold for data like those above, and for nothing else. Nobody has looked for bias.",
        "",
    ]
    return "\n".join(lines)


def _ports(signature: Signature) -> list[str]:
    return [
        f"| {way} | `{port.name}` | {'×'.join('any' if s is None else str(s) for s in port.shape) or 'one number'} "
        f"| {port.dtype} | {', '.join(port.classes[:20])}{' …' if len(port.classes) > 20 else ''} |"
        for way, found in (("input", signature.inputs), ("output", signature.outputs))
        for port in found
    ]


def _data(data: DatasetSpec | None) -> list[str]:
    if data is None:
        return ["Not recorded."]
    parts = ", ".join(f"{count:,} for {part}" for part, count in data.parts.items())
    way = data.split.way + (f" by {data.split.column}" if data.split.column else "")
    given, wanted = (", ".join(f"`{name}`" for name in names[:20]) for names in (data.inputs, data.target))
    target = f" and predicts {wanted}" if wanted else ""
    return [f"`{data.ref}`: {data.rows:,} rows: {parts} (split: {way}). The model is given {given}{target}."]


def _tested(tested: Mapping[str, Any] | None) -> list[str]:
    if tested is None:
        return ["No test of this version is known."]
    # Of each class, and of the test itself, there are more figures: `test/f1/3`, `test/n`. They are no card's business.
    figures = {name: value for name, value in tested["figures"].items() if name.count("/") == 1}
    figures = {name: value for name, value in figures.items() if not name.endswith("/n")}
    rows = [f"| {name} | {value:.4g} | {tested['rows']:,} |" for name, value in sorted(figures.items())]
    return [f"On {tested['part']} of `{tested['dataset']}`:", "", "| figure | value | n |", "|---|---|---|", *rows]
