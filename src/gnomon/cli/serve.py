"""`gnomon serve`."""

import sys
from pathlib import Path

import click


@click.group(short_help="Let a model answer over HTTP, in a process of its own.")
def command() -> None:
    """Let a model answer over HTTP, in a process of its own."""


@command.command(short_help="The digit classifier of better-tensorflow.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need a token.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; a free one unless told.")
@click.option("--token", envvar="GNOMON_TOKEN", help="Asked of everybody who calls. Default: GNOMON_TOKEN.")
@click.option("--allow-host", "names", multiple=True, help="Another name it may be called by; repeatable.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of MNIST's files to train on; without, the digits that come with gnomon.",
)
@click.option(
    "--cors", "origins", multiple=True, help="Origin whose pages may call, besides this machine's; '*' for all."
)
def mlp(
    host: str, port: int, token: str | None, names: tuple[str, ...], data: Path | None, origins: tuple[str, ...]
) -> None:
    r"""Serve a network of 784-30-10 units at /predict /train /reset /pretrain. Ctrl-C ends it.

    \b
    Examples:
      gnomon serve mlp --port 7022
      gnomon serve mlp --data ~/.gnomon/data/mnist --cors https://lab.example
      curl -H 'content-type: image/png' --data-binary @seven.png http://127.0.0.1:7022/predict
      curl -d '{"epochs": 3}' http://127.0.0.1:7022/train
    """
    from gnomon.server.serving.process import serve_mlp
    from gnomon.server.settings import ServerSettings

    def ready(url: str) -> None:
        click.echo(f"mlp answers: {url}/predict\nCtrl-C ends it.")
        sys.stdout.flush()  # whoever started us through a pipe waits for this line

    settings = ServerSettings(host=host, token=token, names=tuple(name.lower() for name in names))
    serve_mlp(settings, port, str(data.resolve()) if data else None, origins, ready)
