"""From what a user typed, or a lock recorded, to the lock as it would be made now."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from opsieve.cli.command_line import command_line
from opsieve.cli.inputs import IndexRequest, ModelRequest
from opsieve.cli.messages import note
from opsieve.cli.options import optional_model_options, selection_options, tensorflow_option, tree_options
from opsieve.cli.selecting import select_models
from opsieve.cli.unresolved import report_unresolved
from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from opsieve.selection.lock.lock import Lock
    from opsieve.selection.selection import Selection

_Values = Mapping[str, Any]


# Not a command of its own: it reads the command lines that locks record.
@click.command(add_help_option=False)
@optional_model_options
@tensorflow_option
@tree_options
@selection_options
def _selecting(
    models: ModelRequest, index: IndexRequest, runtime: tuple[str, ...], allow_unresolved: tuple[str, ...]
) -> Selection:
    selection = select_models(models, index, runtime, allow_unresolved)
    report_unresolved(selection)
    return selection


def lock_now(context: click.Context, path: str, recorded: Lock | None) -> Lock:
    """The lock of the models and flags of ``context``, which is of a command with all of these options.

    Without models, of those that ``recorded`` was made from, the content of the file ``path``; flags that are typed
    replace its flags. Ends the command when something is unresolved.

    Raises:
        OpsieveError: a model, the tree, a flag or a recorded command is wrong.
    """
    from opsieve.selection.lock.make import lock_of

    locks: dict[str, Lock] = {}
    for values in _runs(context, path, recorded):
        command = command_line("lock", _selecting.params, values, without=("no_cache",))
        assert _selecting.callback is not None
        locks[command] = lock_of(_selecting.callback(**values), command)
    return merged(locks)


def merged(locks: Mapping[str, Lock]) -> Lock:
    """One lock of several, by name; ends the command, saying why, when they conflict."""
    from opsieve.selection.lock.merge import conflicts, merge

    found = conflicts(locks)
    for conflict in found:
        said = "; ".join(f"{value} in {', '.join(names)}" for value, names in conflict.says)
        note(f"conflict: {conflict.what}: {said}")
    if found:
        note("nothing was written: these locks are not of one library")
        raise click.exceptions.Exit(1)
    return merge(locks.values())


def _runs(context: click.Context, path: str, recorded: Lock | None) -> list[_Values]:
    names = [parameter.name or "" for parameter in _selecting.params]
    typed = {name: context.params[name] for name in names}
    if typed["models"] or recorded is None:
        return [typed]
    given = {
        name: value
        for name, value in typed.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    runs: list[_Values] = [{**_parsed(command, path), **given} for command in recorded.commands]
    if not runs:
        raise OpsieveError(f"{path}: records no command under 'made_by'", hint="Name the MODELs")
    for values in runs:
        _check_paths(values, path)
    return runs


def _parsed(command: str, path: str) -> _Values:
    """The values of the options of a recorded command line."""
    try:
        words = shlex.split(command)
        if words[:2] != ["opsieve", "lock"]:
            raise OpsieveError(f"{path}: the command under 'made_by' is not `opsieve lock`", hint="Name the MODELs")
        values = _selecting.make_context("opsieve lock", words[2:]).params
    except (ValueError, click.ClickException) as error:
        what = error.format_message() if isinstance(error, click.ClickException) else str(error)
        raise OpsieveError(
            f"{path}: the command under 'made_by' cannot be run: {what}", hint="Name the MODELs"
        ) from None
    if not values["models"]:
        raise OpsieveError(f"{path}: the command under 'made_by' has no MODEL", hint="Name the MODELs")
    return values


def _check_paths(values: _Values, path: str) -> None:
    """A lock has no absolute paths: what was elsewhere cannot be found again from the lock alone."""
    for model in values["models"]:
        if not os.path.exists(model):
            raise OpsieveError(
                f"{path}: records the model {model}, which is not there",
                hint="Run this in the folder where the lock was made, or name the MODELs that there are now",
            )
    tensorflow = values["tensorflow"]
    if tensorflow is not None and not os.path.exists(tensorflow):
        raise OpsieveError(
            f"{path}: records --tensorflow {tensorflow}, which is not there", hint="Say where it is: --tensorflow TREE"
        )
