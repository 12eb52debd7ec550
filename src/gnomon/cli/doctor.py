"""`gnomon doctor`."""

from pathlib import Path
from typing import Any

import click

from gnomon.cli.options import connect, home_option, json_option


@click.command(short_help="Say what is stored, waiting or wrong.")
@home_option
@json_option
def command(home: Path | None, as_json: bool) -> None:
    r"""Say what is stored and what is still in journals, what is wrong, and on what all this runs.

    Exit status 1 when something should be looked at.

    \b
    Examples:
      gnomon doctor
      gnomon doctor --json
    """
    from gnomon.cli import checkup
    from gnomon.core.settings import Settings

    folder = Settings.from_env(home).home
    report = checkup.examine(folder, lambda: connect(folder))
    if as_json:
        from gnomon.cli.output import print_json

        print_json(report)
    else:
        click.echo(_text(report))
    if report["troubles"]:
        raise SystemExit(1)


def _text(report: dict[str, Any]) -> str:
    from gnomon.cli.numbers import MISSING, many, size

    store, disk, journals = report["store"], report["disk"], report["journals"]
    waiting = sum(j["size"] - j["stored"] for j in journals)
    rows = [
        ("home", report["home"]),
        ("server", report["server"] or f"{MISSING} not up; start it with `gnomon up`"),
        (
            "stored",
            f"{many(store['runs'], 'run')}, {store['series']:,} series, {size(store['store_bytes'])} on disk",
        ),
        (
            "records",
            f"{many(store['records'], 'record')}, {many(store['blobs'], 'file')} of {size(store['blob_bytes'])}"
            + (f", {many(store['orphans'], 'file')} that nothing names (yet)" if store["orphans"] > 0 else ""),
        ),
        ("not sealed", f"{many(store['unsealed'], 'point')}, safe in the store's log"),
        (
            "in journals",
            f"{size(waiting)} in {many(len(journals), 'journal')}"
            if waiting
            else "nothing: all that was logged is stored",
        ),
        *(("copied to", _replica(replica)) for replica in report["replicas"]),
        (
            "disk",
            f"{size(disk['free_bytes'])} free of {size(disk['total_bytes'])}, {disk['filesystem'] or 'unknown filesystem'}",
        ),
        (
            "SQLite",
            f"{report['versions']['sqlite']}, {'safe' if report['sqlite_is_safe'] else 'older than 3.51.3: unsafe'}",
        ),
        ("versions", ", ".join(f"{name} {text}" for name, text in report["versions"].items() if name != "sqlite")),
    ]
    lines = [f"{click.style(name.ljust(12), dim=True)}{text}" for name, text in rows]
    lines += [f"{click.style('✕', fg='red')} {trouble}" for trouble in report["troubles"]]
    if not report["troubles"]:
        lines.append(f"{click.style('✓', fg='green')} Nothing is wrong.")
    return "\n".join(lines)


def _replica(replica: dict[str, Any]) -> str:
    from gnomon.cli.numbers import many
    from gnomon.core.clock import now_us

    behind = many(replica.get("runs_behind", 0), "run")
    ago = max(0, now_us() // 1_000_000 - int(replica.get("at", 0)))
    state = f"{behind} behind" if replica.get("runs_behind") else "up to date"
    trouble = f", waiting: {replica['trouble']}" if replica.get("trouble") else ""
    return f"{replica.get('url')}: {state}, {ago:,} s ago{trouble}"
