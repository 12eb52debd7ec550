"""`gnomon serve`."""

import sys
from pathlib import Path

import click


class _Names(click.Group):
    """Takes a model's name for `model`: `gnomon serve digits@champion`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that words mean."""
        return super().resolve_command(ctx, ["model", *args] if "@" in args[0] else args)


@click.group(cls=_Names, short_help="Let a model answer over HTTP, in a process of its own.")
def command() -> None:
    r"""Let a model answer over HTTP, in a process of its own.

    \b
    Examples:
      gnomon serve digits@champion
      gnomon serve mlp
    """


@command.command(short_help="A version of a registered model: gnomon serve NAME@champion.")
@click.argument("ref", metavar="NAME[@REF]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need a token.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; a free one unless told.")
@click.option("--token", envvar="GNOMON_TOKEN", help="Asked of everybody who calls. Default: GNOMON_TOKEN.")
@click.option("--allow-host", "names", multiple=True, help="Another name it may be called by; repeatable.")
@click.option(
    "--cors", "origins", multiple=True, help="Origin whose pages may call, besides this machine's; '*' for all."
)
@click.option("--canary", default="", metavar="REF=SHARE", help="Let another version answer a share: 4=0.1.")
@click.option("--shadow", default="", metavar="REF", help="Ask another version too, and count where it says the same.")
@click.option(
    "--follow", is_flag=True, help="Switch when an alias points elsewhere, as a server tells. SIGHUP looks once."
)
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="Home folder. Default: GNOMON_HOME.")
def model(
    ref: str,
    host: str,
    port: int,
    token: str | None,
    names: tuple[str, ...],
    origins: tuple[str, ...],
    canary: str,
    shadow: str,
    follow: bool,
    home: Path | None,
) -> None:
    r"""Serve a version of a registered model at /predict. Ctrl-C ends it.

    Rows are sent as the data have them that it was trained on, and are prepared as they were then. GET / tells what it
    takes, GET /openapi.json describes it. A version of PyTorch is served by its ONNX export, which is made when there is
    none. With --follow, the version behind an alias is changed without a failed request.

    \b
    Examples:
      gnomon serve digits@champion --follow --port 8000
      gnomon serve model digits --canary 4=0.1 --shadow latest
      curl -H 'content-type: image/png' --data-binary @seven.png http://127.0.0.1:8000/predict
      curl -d '{"rows": [{"age": 31, "sex": "f"}]}' http://127.0.0.1:8000/predict
    """
    from gnomon.server.serving.foreground import serve_model
    from gnomon.server.serving.found import Wanted
    from gnomon.server.settings import ServerSettings

    def ready(url: str, version: str) -> None:
        click.echo(f"{version} answers: {url}/predict\nCtrl-C ends it.")
        sys.stdout.flush()  # whoever started us through a pipe waits for this line

    other, share = read_canary(canary)
    name = ref.partition("@")[0]
    wanted = Wanted(ref, _named(name, other), share, _named(name, shadow))
    settings = ServerSettings(host=host, token=token, names=tuple(each.lower() for each in names))
    serve_model(settings, port, wanted, home, origins, ready, follow=follow)


def read_canary(text: str) -> tuple[str, float]:
    """Return reference and share of `4=0.1`."""
    if not text:
        return "", 0.0
    ref, _, share = text.rpartition("=")
    try:
        found = float(share)
    except ValueError:
        found = -1.0
    if not ref or not 0 <= found <= 1:
        message = f"expected a version and a share from 0 to 1, such as 4=0.1, received {text!r}."
        raise click.BadParameter(message, param_hint="--canary")
    return ref, found


def _named(name: str, ref: str) -> str:
    """Return a reference with the name of the model, unless it has one: `4` is `digits@4`."""
    return ref if not ref or "@" in ref else f"{name}@{ref}"


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
