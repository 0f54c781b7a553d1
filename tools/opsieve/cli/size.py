"""``opsieve size``: who owns the bytes of what was built."""

from __future__ import annotations

import click

from opsieve.cli.lazy_group import LazyGroup

COMMANDS = {
    "baseline": "Write the sizes of a library or program to a small file, to commit.",
    "check": "Tell whether a library or program is within its size budgets.",
    "diff": "Tell what changed from one library or program to another, and why.",
    "history": "Show how sizes changed over many baselines, as a table or a picture.",
    "report": "Show who owns each byte of a library or program.",
}


@click.group(cls=LazyGroup, lazy=COMMANDS, prefix="size_")
def size() -> None:
    """Tell who owns the bytes of a built library or program.

    \b
    Example:
      opsieve size report out/libtensorflow_selective.so
    """
