"""Options that several commands share, declared once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

# Whether it is there and may be read is said by what reads it, with what to do.
PATH = click.Path(path_type=str, readable=False)


def models_argument(command: _Command) -> _Command:
    """MODEL..."""
    return click.argument("models", metavar="MODEL...", nargs=-1, required=True, type=PATH)(command)


def model_options(command: _Command) -> _Command:
    """How to read the models."""
    command = click.option(
        "--signature",
        metavar="NAME",
        help="Keep only what this signature of a SavedModel or MetaGraphDef needs.",
    )(command)
    return click.option(
        "--tag",
        "tags",
        metavar="TAG",
        multiple=True,
        help="Tag of the MetaGraph to read from a SavedModel; may be repeated.  [default: serve]",
    )(command)


def tree_options(command: _Command) -> _Command:
    """Under which defines to read a source tree, and what belongs to it."""
    for option in (
        click.option("--no-cache", is_flag=True, help="Neither use nor write the cached index of the tree."),
        click.option(
            "--sources",
            metavar="DIR",
            multiple=True,
            type=PATH,
            help="Further folder with the sources of custom ops; may be repeated.",
        ),
        click.option(
            "--undefine", metavar="NAME", multiple=True, help="Take a define away from the preset; may be repeated."
        ),
        click.option(
            "--define",
            metavar="NAME[=VALUE]",
            multiple=True,
            help="Add a define to the preset; may be repeated.",
        ),
        click.option(
            "--preset",
            metavar="NAME",
            help="Defines that the library is compiled with: mobile, desktop, android-slim or android-full."
            "  [default: mobile]",
        ),
    ):
        command = option(command)
    return command


def format_option(command: _Command) -> _Command:
    """--format text|json."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How to print the result.",
    )(command)
