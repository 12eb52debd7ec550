"""`gnomon endpoints`: models that a server lets answer, from the terminal."""

import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from gnomon.cli.jobs_link import server_of
from gnomon.cli.options import home_option, json_option
from gnomon.cli.output import print_json

_BUSY: Final = frozenset({"starting", "exporting", "restarting"})
_LOOK_S: Final = 0.2
_NONE: Final = "No endpoints yet. Make one: gnomon endpoints create NAME@champion"


@click.group(short_help="Models that a server lets answer over HTTP.")
def command() -> None:
    r"""Let a server keep models that answer at /serve/NAME/predict, each in a process of its own.

    They are started again when they die and when the server comes back. `gnomon serve` lets one answer in the foreground,
    without a server.

    \b
    Examples:
      gnomon endpoints create digits@champion
      gnomon endpoints set digits --canary 4=0.1 --shadow latest
      gnomon endpoints ls
    """


def _complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    try:
        with server_of(ctx.params.get("home")) as server:
            rows = server.ask("GET", "/endpoints")["endpoints"]
    except Exception:  # noqa: BLE001 - between two keystrokes there is nobody to read an error
        return []
    return [row["name"] for row in rows if row["name"].startswith(incomplete)]


def _name(function: Any) -> Any:
    return click.argument("name", shell_complete=_complete)(function)


@command.command(short_help="List endpoints.")
@home_option
@json_option
def ls(home: Path | None, as_json: bool) -> None:
    r"""List endpoints by name: what they do, what answers, and how fast.

    \b
    Examples:
      gnomon endpoints ls
      gnomon endpoints ls --json | jq -r '.[] | select(.state != "running").name'
    """
    with server_of(home) as server:
        rows = server.ask("GET", "/endpoints")["endpoints"]
    if as_json:
        print_json(rows)
    elif not rows:
        click.echo(_NONE)
    for row in [] if as_json else rows:
        click.echo(_line(row))


@command.command(short_help="Show an endpoint with the counts of its versions.")
@_name
@home_option
@json_option
def show(name: str, home: Path | None, as_json: bool) -> None:
    r"""Show an endpoint: its state, and what became of the requests of each version.

    \b
    Examples:
      gnomon endpoints show digits
      gnomon endpoints show digits --json | jq '.versions[0].p95_ms'
    """
    with server_of(home) as server:
        row = server.ask("GET", _path(name))
    print_json(row) if as_json else click.echo(_text(row))


@command.command(short_help="Let a version answer.")
@click.argument("ref", metavar="NAME[@REF]")
@click.option("--name", "called", help="What the endpoint is called; the model's name unless told.")
@click.option("--canary", default="", metavar="REF=SHARE", help="Let another version answer a share: 4=0.1.")
@click.option("--shadow", default="", metavar="REF", help="Ask another version too, and count where it says the same.")
@home_option
@json_option
def create(ref: str, called: str | None, canary: str, shadow: str, home: Path | None, as_json: bool) -> None:
    r"""Let a version of a model answer at /serve/NAME/predict, and wait until it does.

    With an alias, what it stands for is followed: when it points elsewhere, the next version answers, and no request fails.

    \b
    Examples:
      gnomon endpoints create digits@champion
      gnomon endpoints create digits@4 --name digits-next --shadow champion
    """
    asked = {"model": ref, "canary": _canary(canary), "shadow": shadow} | ({"name": called} if called else {})
    with server_of(home) as server:
        row = _settled(server, server.ask("POST", "/endpoints", asked))
    _told(row, as_json=as_json)


@command.command("set", short_help="Change what an endpoint serves, while it answers.")
@_name
@click.option("--model", metavar="NAME[@REF]", help="What answers from now on.")
@click.option("--canary", metavar="REF=SHARE", help="What answers a share; '' for none.")
@click.option("--shadow", metavar="REF", help="What is asked too; '' for none.")
@click.option("--log-share", type=click.FloatRange(0, 1), help="Share of requests that may be logged.")
@click.option("--log-per-minute", type=click.IntRange(0, 6000), help="Requests that are logged in a minute at most.")
@home_option
@json_option
def change(
    name: str,
    model: str | None,
    canary: str | None,
    shadow: str | None,
    log_share: float | None,
    log_per_minute: int | None,
    home: Path | None,
    as_json: bool,
) -> None:
    r"""Change what an endpoint serves; requests that come meanwhile are answered.

    \b
    Examples:
      gnomon endpoints set digits --canary 4=0.25
      gnomon endpoints set digits --model digits@5 --canary ''
    """
    changes: dict[str, Any] = {"model": model, "shadow": shadow}
    changes = {key: value for key, value in changes.items() if value is not None}
    if canary is not None:
        changes["canary"] = _canary(canary)
    with server_of(home) as server:
        if log_share is not None or log_per_minute is not None:
            log = {"share": log_share, "per_minute": log_per_minute}
            given = {key: value for key, value in log.items() if value is not None}
            changes["log"] = server.ask("GET", _path(name))["log"] | given
        row = _settled(server, server.ask("PATCH", _path(name), changes))
    _told(row, as_json=as_json)


@command.command(short_help="Start an endpoint that was stopped.")
@_name
@home_option
def start(name: str, home: Path | None) -> None:
    """Start an endpoint that was stopped, or could not be started, and wait until it answers."""
    with server_of(home) as server:
        row = _settled(server, server.ask("POST", f"{_path(name)}:start", {}))
    _told(row, as_json=False)


@command.command(short_help="Stop an endpoint.")
@_name
@home_option
def stop(name: str, home: Path | None) -> None:
    """Stop an endpoint; what it was asked before is answered. It stays stopped when the server comes back."""
    with server_of(home) as server:
        click.echo(_line(server.ask("POST", f"{_path(name)}:stop", {})))


@command.command(short_help="Stop an endpoint and forget it.")
@_name
@home_option
def rm(name: str, home: Path | None) -> None:
    """Stop an endpoint and forget it; the model and the runs with its requests stay."""
    with server_of(home) as server:
        server.ask("DELETE", _path(name))
    click.echo(f"{name} is gone.")


@command.command(short_help="What its processes printed.")
@_name
@home_option
def logs(name: str, home: Path | None) -> None:
    """Print the last of what the processes of an endpoint printed."""
    with server_of(home) as server:
        click.echo(server.ask("GET", f"{_path(name)}/log")["text"], nl=False)


def _path(name: str) -> str:
    return f"/endpoints/{quote(name, safe='')}"


def _canary(text: str) -> dict[str, Any] | None:
    from gnomon.cli.serve import read_canary

    ref, share = read_canary(text)
    return {"ref": ref, "share": share} if ref else None


def _settled(server: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Wait until an endpoint answers, or it is known why not."""
    name: str = row["name"]
    while row["state"] in _BUSY:
        time.sleep(_LOOK_S)
        row = server.ask("GET", _path(name))
    return row


def _told(row: dict[str, Any], *, as_json: bool) -> None:
    print_json(row) if as_json else click.echo(_line(row))
    if row["state"] == "failed":
        raise SystemExit(1)


def _line(row: dict[str, Any]) -> str:
    model = next((each for each in row["versions"] if each["role"] == "model"), None)
    parts = [row["name"], row["state"], row["model"]]
    if model is not None:
        parts.append(model["version"])
        parts.append(f"{row['requests']:,} requests")
        if model["p50_ms"] is not None:
            parts.append(f"p50 {model['p50_ms']:.3g} ms, p95 {model['p95_ms']:.3g} ms")
    return "  ".join([*parts, *([row["trouble"]] if row["trouble"] else [])])


def _text(row: dict[str, Any]) -> str:
    lines = [_line(row), f"answers at /serve/{row['name']}/predict"]
    for each in (*row["versions"], *row["past"]):
        counts = f"{each['requests']:,} requests, {each['refused']:,} refused, {each['failed']:,} failed"
        agreed = f", says the same in {each['agreed']:,} of {each['compared']:,} rows" if each["compared"] else ""
        drawn = f", drawn {each['drawn']:,} times" if each["drawn"] else ""
        passed = f", {each['passed']:,} passed to the model" if each["passed"] else ""
        over = ", no longer asked" if each in row["past"] else ""
        lines.append(f"  {each['role']:<7} {each['version']}: {counts}{passed}{drawn}{agreed}{over}")
    return "\n".join(lines)
