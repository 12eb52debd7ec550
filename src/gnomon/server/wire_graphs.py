"""Graphs of the canvas as they travel over HTTP, and what is said of them."""

from typing import Annotated, Any, Literal

import msgspec

from gnomon.graph.component import Target
from gnomon.graph.param import Kind
from gnomon.graph.problem import Level
from gnomon.server.wire import Wire

Op = dict[str, Any]
"""A change of a graph; `op` says which: `gnomon.graph.patch` describes all."""

Rev = Annotated[int, msgspec.Meta(ge=1)]
Name = Annotated[str, msgspec.Meta(max_length=64)]
Label = Annotated[str, msgspec.Meta(max_length=10_000)]


class CanvasPlace(Wire):
    """Where a node is drawn: its left upper corner, in pixels of the canvas."""

    x: float
    y: float


class CanvasNode(Wire, omit_defaults=True):
    """One node; `params` holds what differs from the defaults of its type."""

    id: str
    type: str
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    ui: CanvasPlace | None = None
    note: str = ""


class CanvasEdge(Wire, rename={"source": "from", "target": "to"}):
    """One edge: from a node and its output port to a node and its input port."""

    source: tuple[str, str]
    target: tuple[str, str]


class CanvasGroup(Wire, omit_defaults=True):
    """Nodes that belong together; `repeat` says how often they stand one behind another."""

    id: str
    nodes: list[str] = msgspec.field(default_factory=list)
    title: str = ""
    collapsed: bool = False
    repeat: int = 1


class CanvasGraph(Wire):
    """A graph document of format `graph/1`."""

    name: str
    target: Target
    nodes: list[CanvasNode]
    edges: list[CanvasEdge]
    groups: list[CanvasGroup]
    train: dict[str, Any]
    data: dict[str, Any]
    source: dict[str, str]
    format: Literal["graph/1"]


class ReportOut(Wire):
    """What leaves a port: its shape without the batch, channels last; `null` is an axis that is not known yet.

    All of it is `null` where only a run can tell, behind code of the user's own.
    """

    shape: list[int | None] | None
    dtype: str | None
    text: str
    classes: int | None


class PalettePort(Wire):
    """A port; one with `many` takes edges at `name.0`, `name.1` …, at least `least`."""

    name: str
    doc: str
    rank: int | None
    dtype: str | None
    many: bool
    least: int


class ReportNode(Wire):
    """What is known of a node; `shape`, `dtype` and `text` are those of its first port, `outs` tells of all.

    A node that is `blocked` stands behind an error and is not looked at; it has no shape. `inputs` and `outputs` are its
    ports where its parameters say others than its component has by itself.
    """

    shape: list[int | None] | None
    dtype: str | None
    text: str
    outs: list[ReportOut]
    params: int
    state: int
    flops: int
    memory_bytes: int
    receptive: list[int] | None
    blocked: bool
    inputs: list[PalettePort] | None
    outputs: list[PalettePort] | None


class ReportFix(Wire):
    """A one-click change: apply `ops` together."""

    title: str
    ops: list[Op]


class ReportIssue(Wire):
    """An error, warning or tip; `node` is empty when it is about the graph as a whole."""

    node: str
    level: Level
    code: str
    message: str
    param: str
    port: str
    fixes: list[ReportFix]


class ReportSuggestion(Wire):
    """A value that a parameter could have, and why; it is never set unasked."""

    node: str
    param: str
    value: Any
    why: str


class ReportTotals(Wire):
    """Sums over all nodes, of one sample."""

    params: int
    state: int
    flops: int
    memory_bytes: int


class GraphReport(Wire):
    """All that is known of a graph without running it, `order` of computation included, and how long it took (µs)."""

    nodes: dict[str, ReportNode]
    issues: list[ReportIssue]
    suggestions: list[ReportSuggestion]
    totals: ReportTotals
    order: list[str]
    took_us: int


class GraphRow(Wire):
    """One graph of a project; `params` counts what is trained, `sha` names the architecture; times are UTC seconds."""

    id: str
    project: str
    name: str
    target: Target
    nodes: int
    params: int
    sha: str
    rev: int
    created: float
    updated: float


class GraphRows(Wire):
    """Graphs, the one that changed last in front."""

    graphs: list[GraphRow]
    cursor: str


class GraphDetail(GraphRow):
    """A graph and what is known of it."""

    graph: CanvasGraph
    report: GraphReport
    cursor: str


class GraphPost(Wire, forbid_unknown_fields=True):
    """Ask for a graph by project and name; a new one is made of a document, of a template, or of code."""

    project: str
    name: str
    graph: dict[str, Any] | None = None
    template: str | None = None
    code: str | None = None
    target: Target | None = None


class GraphPatch(Wire, forbid_unknown_fields=True):
    """Changes to a graph at revision `rev`; `label` is what history calls them, `by` who made them.

    `token` is the sender's own name of this patch: it comes back with the edit, so that whoever lost the answer knows it.
    """

    rev: Rev
    ops: Annotated[list[Op], msgspec.Meta(min_length=1, max_length=200_000)]
    label: Label = ""
    by: Name = ""
    token: Name = ""


class GraphPatched(Wire):
    """The revision that a patch made.

    Code by hand follows the nodes: `code` is then its new text, and `added` what was done to the graph beyond the ops
    that were sent. Whoever applies `added` behind them has the graph that is stored.
    """

    rev: int
    report: GraphReport
    code: str | None
    added: list[Op]


class GraphEdit(Wire):
    """What made one revision from the one before it; `ops` is `null` when the graph must be read anew."""

    rev: int
    time: float
    ops: list[Op] | None
    by: str
    token: str
    label: str


class GraphEdits(Wire):
    """The changes since a revision, oldest first; `rev` is the present revision."""

    rev: int
    edits: list[GraphEdit]


class GraphRevision(Wire):
    """One revision, with what it did in words; of one that deleted the graph only that is known."""

    rev: int
    time: float
    by: str
    label: str
    changed: str
    nodes: int
    deleted: bool


class GraphRevisions(Wire):
    """Revisions, newest first; `more` says that there are older ones."""

    revisions: list[GraphRevision]
    more: bool


class GraphRestore(Wire, forbid_unknown_fields=True):
    """Ask for an earlier revision to be the present one; without `rev` the last before the deletion."""

    rev: Rev | None = None
    by: Name = ""
    token: Name = ""


class ChangedNode(Wire):
    """A node of both graphs: parameters before and after, and its type when that changed too."""

    id: str
    params: dict[str, tuple[Any, Any]]
    type: tuple[str, str] | None


class GraphDifference(Wire):
    """How the graph at revision `second` differs from that at `first`; `document` is what differs beside the nodes."""

    first: int
    second: int
    added: list[str]
    removed: list[str]
    changed: list[ChangedNode]
    renamed: list[tuple[str, str]]
    edges_added: list[CanvasEdge]
    edges_removed: list[CanvasEdge]
    document: dict[str, tuple[Any, Any]]
    text: str


class GraphCheck(Wire, forbid_unknown_fields=True):
    """A graph to be checked; nothing is stored."""

    graph: dict[str, Any]


class GraphChecked(Wire):
    """What is known of a graph."""

    report: GraphReport


class GraphCode(Wire, forbid_unknown_fields=True):
    """A graph to be written as code.

    Args:
        graph: Its document.
        target: Its own unless told.
        fresh: Passes over what its author left of the model; what stands beside the model is kept, as `kept` says.
        drop: With `fresh`: leaves that out too, as `lost` says. Ask before it is stored.
    """

    graph: dict[str, Any]
    target: Target | None = None
    fresh: bool = False
    drop: bool = False


class GraphWritten(Wire):
    """A graph as code.

    Args:
        target: Framework.
        text: The file.
        lines: Of each node, first and last, counted from 1.
        missing: What could not be written.
        by_hand: Whether an author's text is in it.
        kept: Of a model that was written anew, what its author wrote beside it: functions, what runs when the file is run.
        lost: Of these, what is not in the text.
    """

    target: Target
    text: str
    lines: dict[str, list[tuple[int, int]]]
    missing: list[ReportIssue]
    by_hand: bool
    kept: list[str]
    lost: list[str]


class GraphParse(Wire, forbid_unknown_fields=True):
    """Code to be read as a graph; what code does not say is taken from `graph`, `target` is seen unless told."""

    text: str
    target: Target | None = None
    graph: dict[str, Any] | None = None


class GraphParsed(Wire):
    """The graph that code describes, remarks on it, and the ops that make `graph` it."""

    graph: CanvasGraph
    notes: list[str]
    ops: list[Op]
    lines: dict[str, list[tuple[int, int]]]


class GraphPart(Wire, forbid_unknown_fields=True):
    """A group of a graph that is to become one node, or a subgraph that is to become its nodes, by its id."""

    graph: dict[str, Any]
    id: str


class GraphOps(Wire):
    """What makes it so: the ops of a patch."""

    ops: list[Op]


class PaletteParam(Wire):
    """A parameter of a component: what a form needs to know; `role` is what rules know it by."""

    name: str
    kind: Kind
    default: Any
    doc: str
    expected: str
    min: float | None
    max: float | None
    above: float | None
    below: float | None
    choices: list[str]
    nullable: bool
    role: str


class PaletteComponent(Wire):
    """A component: what a node can be."""

    type: str
    title: str
    category: str
    doc: str
    words: list[str]
    params: list[PaletteParam]
    inputs: list[PalettePort]
    outputs: list[PalettePort]
    targets: list[Target]


class BlockFollow(Wire):
    """A parameter that is a multiple of the channels of what the block is connected to, where these are known."""

    node: str
    param: str
    times: int


class PaletteBlock(Wire):
    """Nodes that are added together, as a group; `enter` is where what it is put behind leads, `leave` its output."""

    name: str
    title: str
    doc: str
    words: list[str]
    nodes: list[CanvasNode]
    edges: list[CanvasEdge]
    enter: list[tuple[str, str]]
    leave: tuple[str, str]
    follows: list[BlockFollow]


class Palette(Wire):
    """All components, by category in the order of the palette, and the blocks of them (category Blocks)."""

    components: list[PaletteComponent]
    blocks: list[PaletteBlock]


class CheckRow(Wire):
    """What an issue can be about: its number, what is wrong in a few words, and why it matters, as Markdown."""

    code: str
    title: str
    level: Level
    why: str


class CheckRows(Wire):
    """All checks, in the order of the documentation."""

    checks: list[CheckRow]


class TemplateRow(Wire):
    """A graph to begin with: what it does, the data it expects, how large it is."""

    name: str
    title: str
    text: str
    data: str
    nodes: int
    params: int
    graph: CanvasGraph


class Templates(Wire):
    """All templates, simple ones first."""

    templates: list[TemplateRow]


class GraphsQuery(msgspec.Struct):
    """Ask for the graphs of a project; of all without one."""

    project: str | None = None


class GraphQuery(msgspec.Struct):
    """Which revision; the present one unless told."""

    rev: Rev | None = None


class GraphOpsQuery(msgspec.Struct):
    """Ask for the changes that came after a revision."""

    since: Rev


class GraphRevisionsQuery(msgspec.Struct):
    """Parameters of the list of revisions."""

    before: Rev | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class GraphDiffQuery(msgspec.Struct, rename={"first": "from", "second": "to"}):
    """Two revisions to be compared; `to` is the present one unless told."""

    first: Rev
    second: Rev | None = None
