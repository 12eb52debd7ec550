"""The server of the demo: the one that is up on the home already, or a child of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from gnomon.cli.service import Service, free_port
from gnomon.core.errors import LockedError
from gnomon.store.lock import holder


@dataclass(frozen=True, slots=True)
class DemoServer:
    """Hold where the server answers; `service` is `None` when somebody else started it."""

    url: str
    service: Service | None = None


@contextmanager
def demo_server(home: Path, port: int) -> Iterator[DemoServer]:
    """Yield the server of `home`, started on `port` or the next free one unless it is up; ours ends with the block.

    Raises:
        LockedError: Another process uses the home and serves nothing.
        UnavailableError: The server does not come up.
    """
    owner = holder(home)
    if owner is not None:
        if owner.url is None:
            msg = f"{home}: process {owner.pid} uses this folder. Let it finish, or choose another with --home."
            raise LockedError(msg)
        click.echo(f"A server is up on {home} already; the demo joins it.")
        yield DemoServer(owner.url)
        return
    chosen = free_port(port) if port else 0
    if chosen != port:
        click.echo(f"Port {port} is used by another program; taking {chosen}.")
    with Service(home, chosen) as service:
        yield DemoServer(service.url, service)
