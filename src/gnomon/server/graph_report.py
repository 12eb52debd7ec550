"""What is known of a graph, as it is answered."""

from collections.abc import Iterable
from dataclasses import asdict

from gnomon.graph.component import Port
from gnomon.graph.infer import NodeReport
from gnomon.graph.problem import Issue
from gnomon.graph.spec import Spec
from gnomon.graph.study import Studied
from gnomon.server.wire_graphs import (
    GraphReport,
    PalettePort,
    ReportFix,
    ReportIssue,
    ReportNode,
    ReportOut,
    ReportSuggestion,
    ReportTotals,
)


def report_row(found: Studied) -> GraphReport:
    """Return what is known of a graph as it is answered."""
    totals = found.report.totals
    return GraphReport(
        nodes={name: _node(node) for name, node in found.report.nodes.items()},
        issues=issue_rows(found.issues),
        suggestions=[
            ReportSuggestion(node=each.node, param=each.param, value=each.value, why=each.why)
            for each in found.suggestions
        ],
        totals=ReportTotals(
            params=totals.params, state=totals.state, flops=totals.flops, memory_bytes=totals.memory_bytes
        ),
        order=list(found.report.order),
        took_us=found.took_us,
    )


def issue_rows(issues: Iterable[Issue]) -> list[ReportIssue]:
    """Return issues as they are answered."""
    return [
        ReportIssue(
            node=each.node,
            level=each.level,
            code=each.code,
            message=each.message,
            param=each.param,
            port=each.port,
            fixes=[ReportFix(title=fix.title, ops=[dict(op) for op in fix.ops]) for fix in each.fixes],
        )
        for each in issues
    ]


def _node(node: NodeReport) -> ReportNode:
    outs = [_out(spec) for spec in node.outs]
    first = outs[0] if outs else None
    return ReportNode(
        shape=first.shape if first else None,
        dtype=first.dtype if first else None,
        text=first.text if first else "",
        outs=outs,
        params=node.params,
        state=node.state,
        flops=node.flops,
        memory_bytes=node.memory_bytes,
        receptive=None if node.receptive is None else list(node.receptive),
        blocked=node.blocked,
        inputs=_ports(node, "takes", "inputs"),
        outputs=_ports(node, "gives", "outputs"),
    )


def _ports(node: NodeReport, method: str, usual: str) -> list[PalettePort] | None:
    """Return the ports of a node, `None` when they are those that every one of its type has."""
    if node.component is None:
        return None
    ports: tuple[Port, ...] = getattr(node.component, method)()
    return None if ports is getattr(type(node.component), usual) else [PalettePort(**asdict(port)) for port in ports]


def _out(spec: Spec | None) -> ReportOut:
    if spec is None:
        return ReportOut(shape=None, dtype=None, text="", classes=None)
    return ReportOut(shape=list(spec.shape), dtype=spec.dtype, text=spec.text, classes=spec.classes)
