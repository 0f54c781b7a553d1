"""``opsieve completion``: the shell's completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes opsieve's commands and options in SHELL: bash, zsh or fish.

    \b
    Example:
      eval "$(opsieve completion bash)"
      opsieve completion fish > ~/.config/fish/completions/opsieve.fish
    """
    from opsieve.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "opsieve", "_OPSIEVE_COMPLETE").source())
