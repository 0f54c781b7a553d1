"""``opsieve size``: who owns the bytes of what was built."""

from __future__ import annotations

import click

from opsieve.cli.lazy_group import LazyGroup

COMMANDS = {
    "baseline": "Write the sizes of a library, program or package to a small file, to commit.",
    "check": "Tell whether a library, program or package is within its size budgets.",
    "cost": "Tell how much smaller a library would be without each model, op or dtype.",
    "diff": "Tell what changed from one library, program or package to another, and why.",
    "history": "Show how sizes changed over many baselines, as a table or a picture.",
    "measure": "Measure the sizes of kernels in a library, for `size predict`.",
    "predict": "Tell how large a library would be, before it is built.",
    "report": "Show who owns each byte of a library, program or package.",
}


@click.group(cls=LazyGroup, lazy=COMMANDS, prefix="size_")
def size() -> None:
    """Tell who owns the bytes of a built library or program.

    \b
    Example:
      opsieve size report out/libtensorflow_selective.so
    """
