"""What travels of imported graphs."""

from typing import Annotated, Literal

import msgspec

from gnomon.server.wire import Wire
from gnomon.server.wire_graphs import GraphDetail


class GraphImportQuery(msgspec.Struct):
    """Parameters of an import: `file` names what the body is; or `run` and `key` name what a run logged.

    Args:
        project: Where the graph goes; that of the run when not given.
        name: What it is called; after the file or the key when not given.
        kind: What the file is; after its ending when not given: `.py`, `.keras`, `.json`, `.onnx`.
        file: Its name.
        object: Of Python: what makes the model, such as `Net(classes=5)`.
        input: Of Python: axes of each input without the batch, such as `3x224x224` or `128:int64`.
        run: A run.
        key: Under which it logged the model.
    """

    project: Annotated[str, msgspec.Meta(max_length=200)] = ""
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    kind: Literal["torch", "keras", "onnx", "graph"] | None = None
    file: Annotated[str, msgspec.Meta(max_length=500)] = ""
    object: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    input: Annotated[str, msgspec.Meta(max_length=500)] = ""
    run: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    key: Annotated[str, msgspec.Meta(max_length=512)] = ""


class GraphImported(GraphDetail):
    """A graph that was imported.

    Args:
        notes: What its reader should know: what was taken for what, what is not kept.
        way: How it was read: `torch.export`, `torch.fx`, `source`, `layers`, `read`, `keras`, `onnx`, `record`, `graph`.
        error: Largest difference of the outputs of its code and of the model, relative to the largest number; none when
            they were not compared.
    """

    notes: list[str]
    way: str
    error: float | None = None


class LoggedGraph(Wire):
    """The last model that a run logged under a key; `parameters` is none when it does not say."""

    run: str
    name: str
    key: str
    nodes: int
    parameters: int | None
    time: float


class LoggedGraphs(Wire):
    """Models that runs of a project logged, newest run in front."""

    graphs: list[LoggedGraph]


class LoggedGraphsQuery(msgspec.Struct):
    """Parameters of logged models: those of the newest runs of a project."""

    project: str
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
