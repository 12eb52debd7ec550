"""Options and arguments that several commands share, and the completion of names."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from gnomon.core.errors import NotFoundError

if TYPE_CHECKING:
    from gnomon.sdk.lab import Lab

F = TypeVar("F", bound=Callable[..., Any])


def home_option(function: F) -> F:
    """Add `--home`."""
    path = click.Path(file_okay=False, path_type=Path)
    return click.option("--home", type=path, help="Home folder. Default: GNOMON_HOME, else ~/.gnomon.")(function)


def json_option(function: F) -> F:
    """Add `--json`, passed on as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(function)


def run_argument(function: F) -> F:
    """Add the argument RUN: an id, `project/name`, or a name that only one run has."""
    return click.argument("run", shell_complete=complete_run)(function)


def project_argument(function: F) -> F:
    """Add the argument PROJECT."""
    return click.argument("project", shell_complete=complete_project)(function)


def where_option(function: F) -> F:
    """Add `--where`, completed as the search box does."""
    text = "Only runs that match, such as 'config.lr < 0.3 and metric.val/acc.max > 0.9'."
    return click.option("--where", default="", help=text, shell_complete=complete_where)(function)


def connect(home: Path | None) -> "Lab":
    """Return the lab of a home: through its server when that is up, else by opening the folder."""
    import gnomon

    return gnomon.connect(home=home)


def check_project(lab: "Lab", project: str) -> None:
    """Raise `NotFoundError` with the nearest name when there is no such project."""
    from gnomon.store.nearest import hint

    known = [found["name"] for found in lab.projects()]
    if project not in known:
        msg = f'No project "{project[:80]}". {hint(project, known)}'.rstrip()
        raise NotFoundError(msg)


def complete_run(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Suggest `project/name` of the runs there are, the newest first."""
    return _complete(ctx, incomplete, lambda lab: [f"{run.project}/{run.name}" for run in lab.runs(limit=1000)])


def complete_project(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Suggest the projects there are."""
    return _complete(ctx, incomplete, lambda lab: [project["name"] for project in lab.projects()])


def complete_key(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Suggest what the run that was named before logged."""
    return _complete(ctx, incomplete, lambda lab: list(lab.run(ctx.params["run"]).keys()))


def complete_where(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Suggest what may go on a filter; the shell replaces the whole word, so what is written stands in front."""

    def continued(lab: "Lab") -> list[str]:
        found = lab.complete(incomplete, project=ctx.params.get("project"))
        return [incomplete[: found.start] + option.text for option in found.options]

    return _complete(ctx, incomplete, continued, strict=False)


def _complete(
    ctx: click.Context, incomplete: str, names: Callable[["Lab"], list[str]], *, strict: bool = True
) -> list[CompletionItem]:
    try:
        with connect(ctx.params.get("home")) as lab:
            found = names(lab)
    except Exception:
        # Between two keystrokes there is nobody to read an error; the command itself will say it.
        if os.environ.get("GNOMON_DEBUG"):
            raise
        return []
    return [CompletionItem(name) for name in dict.fromkeys(found) if not strict or name.startswith(incomplete)]
