"""Models as people read them in a terminal."""

from typing import TYPE_CHECKING, Any

import click

from gnomon.cli.numbers import MISSING, moment, number, size
from gnomon.cli.table import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gnomon.models.exporters.catalog import Format
    from gnomon.models.registry.compare import ModelComparison
    from gnomon.models.registry.record import Model, Version

_COLUMNS = 4
_CHARS = 60
_TELLING = ("test", "validation", "val", "train")


def models_text(listed: "Sequence[Model]") -> str:
    """Return a table of models."""
    rows = [
        [
            model.name,
            str(len(model.versions)),
            ", ".join(f"{alias} → {number}" for alias, number in sorted(model.aliases.items())) or MISSING,
            model.versions[-1].format if model.versions else MISSING,
            size(sum(each.size_bytes for each in model.versions)),
            _line(model.text),
        ]
        for model in listed
    ]
    head = ["name", "versions", "aliases", "format", "size", "text"]
    return table(head, rows, frozenset({"versions", "size"}))


def model_text(model: "Model") -> str:
    """Return a model with a table of its versions, newest first."""
    lines = [click.style(model.name, bold=True) + (f"  {model.text}" if model.text else "")]
    lines += [f"{each.alias} asks for {each.text}" for each in model.gates]
    if not model.versions:
        return "\n".join([*lines, "It has no versions."])
    known = {name for version in model.versions for name in version.metrics}
    names = sorted(known, key=_telling)[:_COLUMNS]
    rows = [_row(model, version, names) for version in reversed(model.versions)]
    head = ["version", "aliases", "registered", "format", "run", *names, "note"]
    return "\n".join([*lines, table(head, rows, frozenset({"version", *names}))])


def version_text(model: "Model", version: "Version") -> str:
    """Return everything of a version."""
    aliases, lineage = ", ".join(model.aliases_of(version.number)), version.lineage
    facts = {
        "digest": version.digest,
        "format": version.format,
        "registered": moment(version.us / 1e6),
        "run": f"{lineage.project}/{lineage.run_name}" if lineage.run else "",
        "step": "" if lineage.step is None else str(lineage.step),
        "commit": lineage.commit,
        **{f"data {name}": digest for name, digest in lineage.data.items()},
        **{name: _figure(value) for name, value in sorted(version.metrics.items())},
        "note": version.note,
    }
    width = max(len(name) for name, text in facts.items() if text)
    lines = [click.style(f"{model.name}@{version.number}", bold=True) + (f"  {aliases}" if aliases else "")]
    lines += [f"{name:{width}}  {text}" for name, text in facts.items() if text]
    files = [[file.path, size(file.size_bytes)] for file in version.files]
    return "\n".join([*lines, "", table(["file", "size"], files, frozenset({"size"}))])


def exports_text(rows: "Sequence[tuple[Format, str]]", kept: "Sequence[Mapping[str, Any]]") -> str:
    """Return a table of what a version can be written as, what is kept, and why the rest cannot be."""
    made = {each["format"]: each for each in kept}
    lines = []
    for form, why_not in rows:
        found = made.get(form.name)
        said = why_not or form.purpose
        if found is not None:
            total = found.get("size_bytes") or sum(file["size_bytes"] for file in found["files"])
            said = f"{size(total)}, largest difference {_figure(found['largest'])} on {found['source']}"
        lines.append([form.name, "kept" if found else MISSING if why_not else "yes", said])
    return table(["format", "here", ""], lines, frozenset())


def comparison_text(found: "ModelComparison", first: str, second: str) -> str:
    """Return what differs between two versions."""
    lines = ["The files are the same."] if found.same_files else []
    rows = [[pair.name, *map(_figure, (pair.first, pair.second, pair.change))] for pair in found.figures]
    rows += [[pair.name, pair.first or MISSING, pair.second or MISSING, ""] for pair in found.fields]
    if rows:
        lines.append(table(["", first, second, "change"], rows, frozenset({first, second, "change"})))
    if found.same_data is False:
        lines.append("Their data differ: the figures do not tell which is better.")
    return "\n".join([*lines, f"graph: {found.graph}"] if found.graph else lines)


def _telling(name: str) -> tuple[int, int, str]:
    """Order figures by how much they tell of a model: of tests, of validation, of training, then all else; classes last."""
    first = name.partition("/")[0]
    place = _TELLING.index(first) if first in _TELLING else len(_TELLING)
    return name.count("/") > 1, place, name


def _row(model: "Model", version: "Version", names: "Sequence[str]") -> list[str]:
    return [
        str(version.number),
        ", ".join(model.aliases_of(version.number)) or MISSING,
        moment(version.us / 1e6),
        version.format,
        version.lineage.run_name or MISSING,
        *(_figure(version.metrics.get(name)) for name in names),
        _line(version.note),
    ]


def _figure(value: float | None) -> str:
    return MISSING if value is None else number(value)


def _line(text: str) -> str:
    return " ".join(text.split())[:_CHARS]
