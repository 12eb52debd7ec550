"""`gnomon canvas`: models as graphs, from the terminal; no server is asked, and no model is run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from gnomon.cli import canvas_component
from gnomon.cli.numbers import many, number, size
from gnomon.cli.options import json_option
from gnomon.cli.output import print_json
from gnomon.cli.table import table
from gnomon.cli.train import command as train

if TYPE_CHECKING:
    from gnomon.graph.problem import Issue

_MARKS = {"error": ("✕", "red"), "warning": ("▲", "yellow"), "tip": ("·", "blue")}
_FILE = click.Path(path_type=Path, allow_dash=True)
_WRITTEN = click.Path(path_type=Path, dir_okay=False)


def target_option(function: Any) -> Any:
    """Add `--target`."""
    choice = click.Choice(["torch", "keras"])
    return click.option("--target", type=choice, help="Framework of the code. Default: what the file says.")(function)


def complete_template(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Suggest the templates there are, with their titles."""
    from gnomon.graph.templates import templates

    return [CompletionItem(t.name, help=t.title) for t in templates() if t.name.startswith(incomplete)]


@click.group(short_help="Models as graphs: new, check, code, parse, import.")
def command() -> None:
    r"""Make, check and write models as graphs, the documents that the canvas of the web page edits.

    A graph is a JSON file, a model a Python file of PyTorch or Keras 3. Code is read and written, and never run.

    \b
    Examples:
      gnomon canvas new --template mnist_cnn digits.json
      gnomon canvas check digits.json
      gnomon canvas code digits.json > model.py
      gnomon canvas parse model.py -o digits.json
      gnomon canvas import model.py --input 3x224x224 -o model.json
    """


command.add_command(canvas_component.command)
command.add_command(train, "train")


@command.command(short_help="Write a new graph, empty or from a template.")
@click.argument("file", type=_WRITTEN, required=False)
@click.option("--template", shell_complete=complete_template, help="Begin with this one; --list shows all.")
@click.option("--list", "is_list", is_flag=True, help="List the templates.")
@click.option(
    "--data", metavar="NAME|PATH", help="Build a first model for a registered data set, or for data at a path."
)
@click.option("--target", "column", default="", help="With --data: the target column. Default: what the data say.")
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
@json_option
def new(
    file: Path | None, template: str | None, is_list: bool, data: str | None, column: str, force: bool, as_json: bool
) -> None:
    r"""Write a new graph to FILE, named after the file.

    \b
    Examples:
      gnomon canvas new --list
      gnomon canvas new --template unet cells.json
      gnomon canvas new --data visits.csv --target outcome visits.json
      gnomon canvas new --data digits digits.json
    """
    from gnomon.graph.document import Graph, check_name
    from gnomon.graph.templates import template as found

    if is_list:
        _list(as_json=as_json)
        return
    if file is None:
        msg = "Missing argument 'FILE'. Or ask for the templates with --list."
        raise click.UsageError(msg)
    if (column and data is None) or (data is not None and template):
        msg = "--target COLUMN goes with --data, and --data goes without --template."
        raise click.UsageError(msg)
    import msgspec

    from gnomon.cli.canvas_data import built_for, told

    built = built_for(data, column, file.stem) if data is not None else None
    graph = built.graph if built is not None else found(template).graph if template else Graph()
    graph = msgspec.structs.replace(graph, name=check_name(file.stem, "FILE"))
    save(file, graph, force=force)
    if as_json:
        print_json({"file": str(file), "name": graph.name, "nodes": len(graph.nodes)} | (told(built) if built else {}))
        return
    click.echo(f"Wrote {file}: {many(len(graph.nodes), 'node')}. Look at it with: gnomon canvas check {file}")
    for reason in built.reasons if built is not None else ():
        shown = f"{reason.node}.{reason.param} = {reason.value}" if reason.param else reason.node
        click.echo(f"  {shown}: {reason.why}")
    for name, why in built.left_out.items() if built is not None else ():
        click.echo(f"  {click.style('▲', fg='yellow')} {name} is left out: {why}.")


def _list(*, as_json: bool) -> None:
    from gnomon.graph.templates import templates

    if as_json:
        print_json([{name: getattr(each, name) for name in ("name", "title", "text", "data")} for each in templates()])
        return
    click.echo(table(["template", "what it does"], [[each.name, each.text] for each in templates()]))


@command.command(short_help="Say what is wrong with graphs or models, and what could be better.")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option("--nodes", is_flag=True, help="Also list the nodes with shapes and numbers of parameters.")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@target_option
@json_option
def check(files: tuple[Path, ...], nodes: bool, strict: bool, target: Any, as_json: bool) -> None:
    r"""Check FILES: graphs, or models in Python, whose code is read first. `-` is a graph from standard input.

    Exit status 1 when there is an error, and with --strict when there is a warning.

    \b
    Examples:
      gnomon canvas check digits.json --nodes
      gnomon canvas check model.py --json | jq .[0].report.totals
    """
    from gnomon.cli import canvas_files

    bad = {"error", "warning"} if strict else {"error"}
    found = [canvas_files.look(file, target) for file in files]
    if as_json:
        print_json([look.plain for look in found])
    else:
        for look in found:
            _tell(look, nodes=nodes)
    if any(issue.level in bad for look in found for issue in look.studied.issues):
        sys.exit(1)


def _tell(look: Any, *, nodes: bool) -> None:
    totals = look.studied.report.totals
    told = f"{many(totals.params, 'parameter')}, {_flops(totals.flops)} and {size(totals.memory_bytes)} a sample"
    click.echo(click.style(f"{look.file}", bold=True) + f": {many(len(look.graph.nodes), 'node')}, {told}")
    if nodes:
        click.echo(_nodes(look))
    for issue in look.studied.issues:
        click.echo(_issue(look, issue))
    own = [node.id for node in look.graph.nodes if node.type.startswith("core/code@")]
    if own:
        named = f"{', '.join(own[:5])}{' …' if len(own) > 5 else ''}"
        click.echo(f"  {click.style('·', fg='blue')} kept as code, which is not looked into: {named}")
    for note in look.notes:
        click.echo(f"  {click.style('·', fg='blue')} {printable(note)}")
    if not look.studied.issues and not own:
        click.echo(f"  {click.style('✓', fg='green')} nothing to complain about")


def _nodes(look: Any) -> str:
    rows = []
    for name in look.studied.report.order:
        node = look.studied.report.nodes[name]
        kind = look.graph.node(name).type.removeprefix("core/").partition("@")[0]
        shape = ", ".join("?" if spec is None else spec.text for spec in node.outs)
        rows.append([f"  {name}", kind, shape, number(node.params) if node.params else ""])
    return table(["  node", "component", "shape", "parameters"], rows, frozenset({"parameters"}))


def _issue(look: Any, issue: "Issue") -> str:
    sign, colour = _MARKS[issue.level]
    line = look.lines.get(issue.node)
    place = issue.node + (f".{issue.param}" if issue.param else "") + (f" (line {line})" if line else "")
    head = f"  {click.style(sign, fg=colour)} {issue.level} {issue.code}" + (f" {place}" if place else "")
    fixes = "".join(f"\n      could be: {printable(fix.title)}" for fix in issue.fixes)
    return f"{head}: {printable(issue.message.removeprefix(f'{issue.param}: '))}{fixes}"


@command.command(short_help="Write a graph as PyTorch or Keras code.")
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_WRITTEN, help="File to write to instead of the terminal.")
@click.option("--force", is_flag=True, help="Replace the file of --output when it is there.")
@click.option("--fresh", is_flag=True, help="Write the model anew, whatever code the graph brings along.")
@click.option(
    "--drop", is_flag=True, help="With --fresh: leave out training loops and what else stands beside the model."
)
@target_option
@json_option
def code(file: Path, output: Path | None, force: bool, fresh: bool, drop: bool, target: Any, as_json: bool) -> None:
    r"""Write FILE, a graph, as one Python file that needs nothing of gnomon and runs on its own.

    Exit status 1 when a node could not be written; a comment stands in its place.

    \b
    Examples:
      gnomon canvas code digits.json --target keras -o model.py
      gnomon canvas code digits.json | python -
    """
    from gnomon.cli import canvas_files

    if drop and not fresh:
        msg = "--drop goes with --fresh."
        raise click.UsageError(msg)
    graph = canvas_files.graph_of(file, target)
    found = canvas_files.written(graph, target or graph.target, fresh=fresh, drop=drop)
    if output is not None:
        put(output, found.text, force=force)
    if as_json:
        import msgspec

        print_json({"target": target or graph.target, **msgspec.to_builtins(found)})
    elif output is None:
        click.echo(found.text, nl=False)
    for names, told in ((found.kept, "Kept beside the model (--drop leaves it out)"), (found.lost, "Left out")):
        if names:
            click.echo(f"{told}: {printable(', '.join(names))}.", err=True)
    for issue in found.missing:
        click.echo(f"{issue.node}: {printable(issue.message)}", err=True)
    if found.missing:
        sys.exit(1)


@command.command(short_help="Read a model in Python, or one that Keras saved, as a graph.")
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_WRITTEN, help="Graph to write to; what code does not show is kept from it.")
@click.option("--force", is_flag=True, help="Bring the graph of --output up to date when it is there.")
@target_option
@json_option
def parse(file: Path, output: Path | None, force: bool, target: Any, as_json: bool) -> None:
    r"""Read FILE, a model in PyTorch or Keras 3, as a graph. It is not run; what is not recognised becomes a Code node.

    FILE may also be what Keras saved: a .keras file, whose weights are not read, or the JSON of model.to_json().

    With --force, a graph that --output names and that is there is brought up to date: places, notes and groups stay.

    \b
    Examples:
      gnomon canvas parse model.py -o digits.json
      gnomon canvas parse model.py | gnomon canvas check -
      gnomon canvas parse resnet50.keras -o resnet50.json
    """
    from gnomon.cli import canvas_files

    if output is not None and output.exists() and not force:
        msg = f"{output} is there already. Name another file, or bring it up to date with --force."
        raise click.ClickException(msg)
    before = canvas_files.graph_of(output, None) if output is not None and output.exists() else None
    found = canvas_files.parsed(file, target, before)
    if output is not None:
        save(output, found.graph, force=True)
    if as_json:
        import msgspec

        print_json({"graph": msgspec.to_builtins(found.graph), "notes": list(found.notes)})
    elif output is None:
        click.echo(canvas_files.pretty(found.graph))
    else:
        click.echo(f"Wrote {output}: {many(len(found.graph.nodes), 'node')}.")
    for note in () if as_json else found.notes:
        click.echo(printable(note), err=True)


@command.command("import", short_help="Make a graph of a PyTorch model by running it, of a Keras or an ONNX file.")
@click.argument("path")
@click.option("-o", "--output", type=_WRITTEN, help="Graph to write. Default: to the terminal.")
@click.option("--force", is_flag=True, help="Replace the file of --output when it is there.")
@click.option("--object", "expression", default="", help="What makes the model, such as 'Net(classes=5)'.")
@click.option("--input", "shape", default="", help="Axes of each input without the batch: 3x224x224, 128:int64.")
@json_option
def import_(path: str, output: Path | None, force: bool, expression: str, shape: str, as_json: bool) -> None:
    r"""Make a graph of the model at PATH: a .py file or package.module:expression of PyTorch, a .keras, .json or .onnx file.

    A PyTorch model is made and run once, in this process, to see what it computes. Its layers keep their names, and the
    graph's code is compared with it. Keras and ONNX files are only read, without their weights.

    \b
    Examples:
      gnomon canvas import model.py --object "Net(classes=5)" --input 3x32x32 -o net.json
      gnomon canvas import torchvision.models:resnet18 --input 3x224x224 -o resnet18.json
      gnomon canvas import mobilenet.onnx -o mobilenet.json
    """
    from gnomon.cli import canvas_import

    found = canvas_import.imported(path, expression, shape)
    if output is not None:
        save(output, found.graph, force=force)
    if as_json:
        print_json(canvas_import.plain(found, None if output is None else str(output)))
        return
    if output is None:
        from gnomon.cli import canvas_files

        click.echo(canvas_files.pretty(found.graph))
    else:
        told = "" if found.error is None else f" Same outputs as the model, within {found.error:.0e}."
        click.echo(f"Wrote {output}: {many(len(found.graph.nodes), 'node')}, read by {found.way}.{told}")
    for note in found.notes:
        click.echo(printable(note), err=True)


def save(file: Path, graph: Any, *, force: bool) -> None:
    """Write a graph to a file, indented, so that versions of it compare line by line."""
    from gnomon.cli import canvas_files

    put(file, canvas_files.pretty(graph) + "\n", force=force)


def put(file: Path, text: str, *, force: bool) -> None:
    """Write a file that is not there yet."""
    if file.exists() and not force:
        msg = f"{file} is there already. Name another file, or replace it with --force."
        raise click.ClickException(msg)
    file.write_text(text, "utf-8")


def printable(text: str) -> str:
    """Return a text that may hold names of the user's without what a terminal would obey."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _flops(value: int) -> str:
    """Return floating-point operations as people say them: 8.56 MFLOP."""
    told = number(float(value), 3)
    return f"{told}{'' if told[-1].isalpha() else ' '}FLOP"
