"""The command line that does something again, as generated files record it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import click

from opsieve.files import shown_paths


def command_line(
    name: str,
    parameters: Iterable[click.Parameter],
    values: Mapping[str, object],
    without: Collection[str] = (),
    *,
    as_typed: bool = False,
) -> str:
    """``opsieve NAME`` with what was given for the parameters, the same in whatever order it was typed.

    Absolute paths, which mean nothing on another machine, are shortened, unless it is to be run here, ``as_typed``.
    ``without``: the names of parameters that only concern one run.
    """
    arguments: list[str] = []
    options: list[str] = []
    for parameter in parameters:
        value = values[parameter.name or ""]
        if parameter.name in without or not value or value == parameter.default:
            continue
        if isinstance(parameter, click.Option) and parameter.is_flag:
            options.append(parameter.opts[0])
            continue
        given = [str(one) for one in value] if isinstance(value, tuple) else [str(value)]
        if isinstance(parameter, click.Argument):
            arguments += given if as_typed else shown_paths([Path(one) for one in dict.fromkeys(given)])
        else:
            options += [word for one in given for word in (parameter.opts[0], one if as_typed else _shown(one))]
    if any(argument.startswith("-") for argument in arguments):
        return shlex.join(["opsieve", name, *options, "--", *arguments])
    return shlex.join(["opsieve", name, *arguments, *options])


def _shown(value: str) -> str:
    return shown_paths([Path(value)])[0] if value.startswith("/") else value
