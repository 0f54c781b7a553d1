"""Options that several commands share, declared once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

_Command = Callable[..., Any]


class _Path(click.Path):
    """A path. Whether it is there and may be read is said by what reads it, with what to do."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        # A variable that is not set, most often; taken as it stands it would be the current folder.
        if value == "":
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


PATH = _Path(path_type=str, readable=False)


def model_options(command: _Command) -> _Command:
    """MODEL... and which part of them counts, handed to the command as one ModelRequest, ``models``."""
    return _model_options(command, required=True)


def optional_model_options(command: _Command) -> _Command:
    """The same for a command that can do without models."""
    return _model_options(command, required=False)


def _model_options(command: _Command, *, required: bool) -> _Command:
    @functools.wraps(command)
    def with_request(**options: Any) -> Any:
        from opsieve.cli.inputs import ModelRequest
        from opsieve.models.reach import Reach

        reach = Reach(
            signatures=options.pop("signature"),
            outputs=_names(options.pop("outputs")),
            inputs=_names(options.pop("inputs")),
            savers=not options.pop("without_saver"),
            all_functions=options.pop("all_functions"),
        )
        options["models"] = ModelRequest(options["models"], options.pop("tags"), reach)
        return command(**options)

    return _declared(
        with_request,
        click.argument(
            "models", metavar="MODEL..." if required else "[MODEL]...", nargs=-1, required=required, type=PATH
        ),
        click.option(
            "--tag",
            "tags",
            metavar="TAG",
            multiple=True,
            help="Tag of the MetaGraph to read from a SavedModel; may be repeated.  [default: serve]",
        ),
        click.option(
            "--signature",
            metavar="NAME",
            multiple=True,
            help="Keep only what this signature of a SavedModel or MetaGraphDef needs; may be repeated.",
        ),
        click.option(
            "--outputs",
            metavar="TENSOR,...",
            multiple=True,
            help="Keep only what these tensors of the main graph need.",
        ),
        click.option(
            "--inputs",
            metavar="TENSOR,...",
            multiple=True,
            help="Leave out what only computes these tensors, which the app feeds.",
        ),
        click.option("--without-saver", is_flag=True, help="Leave out what saves and restores variables."),
        click.option("--all-functions", is_flag=True, help="Keep functions too that nothing calls."),
    )


def _names(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())


def _declared(command: _Command, *options: Callable[[_Command], _Command]) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command


def tree_options(command: _Command) -> _Command:
    """Which kernels there are, handed to the command as one IndexRequest, ``index``; the tree is ``tensorflow``."""

    @functools.wraps(command)
    def with_request(**options: Any) -> Any:
        from opsieve.cli.inputs import IndexRequest

        names = ("tensorflow", "preset", "define", "undefine", "sources", "no_cache")
        options["index"] = IndexRequest(*(options.pop(name) for name in names))
        return command(**options)

    return _declared(
        with_request,
        click.option(
            "--preset",
            metavar="NAME",
            help="Defines that the library is compiled with: mobile, desktop, android-slim or android-full."
            "  [default: mobile]",
        ),
        click.option(
            "--define",
            metavar="NAME[=VALUE]",
            multiple=True,
            help="Add a define to the preset; may be repeated.",
        ),
        click.option(
            "--undefine", metavar="NAME", multiple=True, help="Take a define away from the preset; may be repeated."
        ),
        click.option(
            "--sources",
            metavar="DIR",
            multiple=True,
            type=PATH,
            help="Further folder with the sources of custom ops; may be repeated.",
        ),
        click.option("--no-cache", is_flag=True, help="Neither use nor write the cached index of the tree."),
    )


def tensorflow_option(command: _Command) -> _Command:
    """--tensorflow, for the commands that can do with the embedded index."""
    return click.option(
        "--tensorflow",
        metavar="TREE_OR_INDEX",
        type=PATH,
        help="TensorFlow source tree, or an index made by `opsieve index`.  [default: the embedded index]",
    )(command)


def runtime_option(command: _Command) -> _Command:
    """--runtime PASS=on|off."""
    return click.option(
        "--runtime",
        metavar="PASS=on|off",
        multiple=True,
        help="Say how the app runs TensorFlow, such as grappler=off; may be repeated."
        "  [default: as the preset's library does]",
    )(command)


def selection_options(command: _Command) -> _Command:
    """How to choose: the runtime's passes, and what may stay unresolved."""
    return _declared(
        command,
        runtime_option,
        click.option(
            "--allow-unresolved",
            metavar="OP",
            multiple=True,
            help="Do not fail where the tree cannot meet what the models need of this op; may be repeated.",
        ),
    )


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


def third_party_options(command: _Command) -> _Command:
    """Where third-party packages are, handed to the command as one ThirdPartyRequest, ``third_party``."""

    @functools.wraps(command)
    def with_request(**options: Any) -> Any:
        from opsieve.cli.third_party import parse_third_party

        options["third_party"] = parse_third_party(options.pop("third_party"), options.pop("store"))
        return command(**options)

    return _declared(
        with_request,
        click.option(
            "--third-party",
            metavar="NAME=DIR",
            multiple=True,
            help="Folder of a third-party package, such as eigen=~/eigen, or NAME=system for the system's; may be "
            "repeated.",
        ),
        store_option,
    )


def store_option(command: _Command) -> _Command:
    """--store, the folder of fetched third-party packages."""
    return click.option(
        "--store",
        metavar="DIR",
        type=PATH,
        help="Folder that `opsieve deps fetch` fetches packages into.  [default: in the user's cache folder]",
    )(command)
