"""Options that the commands of ``opsieve size`` share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from opsieve.cli.options import PATH

_Command = Callable[..., Any]


def evidence_options(command: _Command) -> _Command:
    """What a file's bytes are attributed by, handed to the command as one EvidenceRequest, ``evidence``."""

    @functools.wraps(command)
    def with_request(**options: Any) -> Any:
        from opsieve.cli.size_evidence import EvidenceRequest

        names = ("link_map", "selection", "debug_file", "archive", "member")
        options["evidence"] = EvidenceRequest(*(options.pop(name) for name in names))
        return command(**options)

    declared: _Command = with_request
    for option in (
        click.option(
            "--member",
            metavar="NAME",
            help="Of a package, the library in it that is meant: lib/arm64-v8a/libapp.so.",
        ),
        click.option(
            "--archive",
            metavar="FILE",
            type=PATH,
            help="Static archive of the objects in the map: tells what several of them use.",
        ),
        click.option("--debug-file", metavar="FILE", type=PATH, help="The same file with symbols, of a stripped one."),
        click.option("--selection", metavar="FILE", type=PATH, help="The selection.json that it was built from."),
        click.option("--map", "link_map", metavar="FILE", type=PATH, help="The linker's map (-Wl,-Map=FILE)."),
    ):
        declared = option(declared)
    return declared
