"""`gnomon compare`."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gnomon.cli.options import complete_run, connect, home_option, json_option

if TYPE_CHECKING:
    from gnomon.analysis.comparison import CodeDiff, ComparedRow, Comparison

_MOST = 40
_CELL = 28


@click.command(short_help="Show runs side by side: what differs, and which is best.")
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...", shell_complete=complete_run)
@click.option("--metrics", default="", help="Only these metrics, such as 'val/*,loss'.")
@click.option("--all", "everything", is_flag=True, help="Also what is the same in all of them.")
@click.option("--code", "show_code", is_flag=True, help="Also the code of the first two, line by line.")
@home_option
@json_option
def command(
    runs: tuple[str, ...], metrics: str, everything: bool, show_code: bool, home: Path | None, as_json: bool
) -> None:
    r"""Show 2 to 20 runs side by side: config, what ran, metrics with the best marked, packages and graphs.

    A RUN is an id, PROJECT/NAME, or a name that only one run has. The best last value of each metric is marked with *.

    \b
    Examples:
      gnomon compare brave-otter-7 calm-finch-2
      gnomon compare digits/brave-otter-7 digits/calm-finch-2 --metrics 'val/*' --code
      gnomon compare brave-otter-7 calm-finch-2 --json
    """
    with connect(home) as lab:
        patterns = [each.strip() for each in metrics.split(",") if each.strip()]
        found = lab.compare(runs, patterns)
        if as_json:
            import msgspec

            from gnomon.cli.output import print_json

            print_json(msgspec.to_builtins(found))
            return
        click.echo(draw(found, everything=everything))
        if show_code:
            click.echo("\n" + _code(lab.compare_code(found.runs[0].id, found.runs[1].id)))


def draw(found: "Comparison", *, everything: bool = False, width: int | None = None) -> str:
    """Return a comparison as tables of one column per run; what does not fit beside goes below."""
    width = shutil.get_terminal_size((80, 24)).columns if width is None else width
    names = [run.name for run in found.runs]
    names = [
        name if names.count(name) == 1 else f"{name} {run.id[-4:]}" for name, run in zip(names, found.runs, strict=True)
    ]
    parts = [_section("config", names, _rows(found.config, everything=everything), width)]
    facts = (*found.facts, *found.data, *found.evaluation)
    parts.append(_section("what ran", names, _rows(facts, everything=everything), width))
    parts.append(_section("metric (last)", names, _metrics(found), width))
    if found.packages:
        parts.append(_section("packages", names, _rows(found.packages, everything=True), width))
    parts += [_graph(found, place, names) for place in range(len(found.graphs))]
    left = found.metrics_total - min(_MOST, len(found.metrics))
    if left > 0:
        parts.append(f"… and {left} more metrics: choose with --metrics, or --json for all.")
    same = sum(not row.differs for row in found.config)
    if same and not everything:
        parts.append(f"{same} config {'key is' if same == 1 else 'keys are'} the same in all: --all shows them.")
    return "\n\n".join(part for part in parts if part)


def _rows(rows: "Sequence[ComparedRow]", *, everything: bool) -> list[list[str]]:
    from gnomon.cli.output import cell

    return [[row.key, *map(cell, row.values)] for row in rows if everything or row.differs]


def _metrics(found: "Comparison") -> list[list[str]]:
    from gnomon.cli.numbers import column

    rows = []
    for metric in found.metrics[:_MOST]:
        numbers = [float(value) if isinstance(value, str) else value for value in metric.last.values]
        marks = ["*" if i in metric.last.best else " " for i in range(len(numbers))]
        shown = [text.strip() + mark for text, mark in zip(column(numbers), marks, strict=True)]
        rows.append([f"{metric.key} ({metric.goal})", *shown])
    return rows


def _section(title: str, names: list[str], rows: list[list[str]], width: int) -> str:
    """Return one table, in as many pieces as the terminal needs."""
    from gnomon.cli.table import shown_width, table

    if not rows:
        return ""
    rows = [[_cut(cell) for cell in row] for row in rows]
    names = [_cut(name) for name in names]
    first = max(shown_width(row[0]) for row in [[title], *rows])
    widths = [max(shown_width(name), *(shown_width(row[i]) for row in rows)) for i, name in enumerate(names, 1)]
    pieces: list[list[int]] = []
    left = 0
    for i, each in enumerate(widths):
        left -= each + 2
        if left < 0 or not pieces:
            pieces.append([])
            left = width - first - each - 2
        pieces[-1].append(i)
    tables = [
        table([title, *(names[i] for i in piece)], [[row[0], *(row[i + 1] for i in piece)] for row in rows])
        for piece in pieces
    ]
    return "\n\n".join(tables)


def _cut(text: str) -> str:
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _graph(found: "Comparison", place: int, names: list[str]) -> str:
    graph = found.graphs[place]
    if not graph.differs:
        return f"{graph.key}: the same graph in all that have one."
    lines = [f"{graph.key}, beside that of {names[graph.base]}:"]
    signs = {"added": "+", "removed": "-", "changed": "~"}
    for change in graph.changes:
        counts = f"{change.added} added, {change.removed} removed, {change.changed} changed"
        lines.append(f"  {names[change.run]}: {counts}")
        for each in change.changes[:_MOST]:
            node = each.after or each.before
            assert node is not None
            lines.append(f"    {signs[each.kind]} {node.label} {node.op}".rstrip())
    return "\n".join(lines)


def _code(found: "CodeDiff") -> str:
    """Return the differences, added lines green and removed ones red where colours are shown."""
    lines = []
    for part in found.parts:
        lines.append(click.style(f"{part.what}: {part.note or f'+{part.added} -{part.removed}'}", bold=True))
        for line in part.text.splitlines():
            colour = "green" if line.startswith("+") else "red" if line.startswith("-") else None
            lines.append(click.style(line, fg=colour))
    return "\n".join(lines)
