"""``opsieve size``: who owns the bytes of what was built."""

from __future__ import annotations

import click

from opsieve.cli.lazy_group import LazyGroup

COMMANDS = {
    "report": "Show who owns each byte of a library or program.",
}


@click.group(cls=LazyGroup, lazy=COMMANDS, prefix="size_")
def size() -> None:
    """Tell who owns the bytes of a built library or program.

    \b
    Example:
      opsieve size report out/libtensorflow_selective.so
    """
