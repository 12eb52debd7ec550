"""`gnomon completion`."""

import click
from click.shell_completion import get_completion_class


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    r"""Print the script that teaches SHELL to complete commands, options and names of runs.

    \b
    Examples:
      eval "$(gnomon completion bash)"                               in ~/.bashrc
      eval "$(gnomon completion zsh)"                                in ~/.zshrc
      gnomon completion fish > ~/.config/fish/completions/gnomon.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(ctx.find_root().command, {}, "gnomon", "_GNOMON_COMPLETE").source())
