"""``opsieve lock``: the selection as a file for review and version control."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsieve.cli.command_line import command_line
from opsieve.cli.inputs import ModelRequest
from opsieve.cli.locking import lock_now, merged
from opsieve.cli.messages import note, one_line, plural
from opsieve.cli.options import (
    PATH,
    format_option,
    optional_model_options,
    selection_options,
    tensorflow_option,
    tree_options,
)

if TYPE_CHECKING:
    from opsieve.selection.lock.compare import Changes
    from opsieve.selection.lock.lock import Lock

_DEFAULT = "opsieve.lock"


@click.command()
@optional_model_options
@tensorflow_option
@tree_options
@selection_options
@click.option("--check", is_flag=True, help="Compare the lock with the models, and exit with 1 if it is out of date.")
@click.option("--diff", is_flag=True, help="Print what would change in the lock, or from one lock to another.")
@click.option("--merge", is_flag=True, help="Write the union of locks, which are given instead of models.")
@format_option
@click.option("-o", "--output", metavar="FILE", type=PATH, help=f"The lock.  [default: {_DEFAULT}]")
def lock(
    models: ModelRequest,
    check: bool,
    diff: bool,
    merge: bool,
    output_format: str,
    output: str | None,
    **_selecting: Any,
) -> None:
    """Write opsieve.lock: the ops and kernels that the MODELs need and why, to commit and to review.

    Without MODELs, those that the lock names are taken, with the flags that it was made with; flags that are given
    replace these. Run it in the folder where the paths of the models begin.

    --check and --diff write nothing. --check exits with 1 when the models, TensorFlow's version, the defines, the
    runtime, the ops, kernels or files are no longer those of the lock. --diff exits with 0, whatever changed. --merge
    exits with 1 when the locks are not of one library: other versions, defines or runtimes, or two models of one path.

    \b
    Example:
      opsieve lock model.pb saved_model/ --tensorflow ~/tensorflow
      opsieve lock --check --tensorflow ~/tensorflow
      opsieve lock --diff old.lock new.lock
      opsieve lock --merge app_a/opsieve.lock app_b/opsieve.lock -o both.lock
    """
    if check + diff + merge > 1:
        raise click.UsageError("--check, --diff and --merge exclude each other")
    path = output or _DEFAULT
    if merge:
        _merge(models.paths, output, output_format)
        return
    locks = [each for each in models.paths if _is_lock(each)]
    if diff and len(locks) == len(models.paths) == 2:
        _print_difference(locks[0], locks[1], output_format)
        return
    if locks:
        raise click.UsageError(
            f"{locks[0]} is a lock, not a model; name the lock of some models with -o, or give --diff just two locks"
        )
    if check:
        _check(path, output_format)
    elif diff:
        _diff(path, output_format)
    else:
        _write(path, _lock_now(path), output_format)


def _is_lock(path: str) -> bool:
    # What is neither file nor folder is a pipe from another command, and no model is read from one.
    there = Path(path)
    if not there.is_file():
        return there.exists() and not there.is_dir()
    with open(path, "rb") as stream:
        return stream.read(64).removeprefix(b"\xef\xbb\xbf").startswith((b"# opsieve.lock", b"schema:"))


def _lock_now(path: str) -> Lock:
    from opsieve.selection.lock.read import read_lock

    context = click.get_current_context()
    return lock_now(context, path, None if context.params["models"] else read_lock(path))


def _write(path: str, made: Lock, output_format: str) -> None:
    from opsieve.files import write_if_changed
    from opsieve.selection.lock.write import to_yaml

    changed = write_if_changed(Path(path), to_yaml(made))
    counts = {"models": made.models, "ops": made.ops, "kernels": range(made.kernel_count), "files": made.files}
    if output_format == "json":
        numbers = {what: len(each) for what, each in counts.items()}
        click.echo(json.dumps({"schema": 1, "path": path, "changed": changed, **numbers}, indent=1))
    else:
        shown = ", ".join(plural(len(each), what.removesuffix("s")) for what, each in counts.items())
        click.echo(one_line(f"{'wrote' if changed else 'unchanged'} {path}: {shown}"))


def _check(path: str, output_format: str) -> None:
    from opsieve.selection.lock.compare import compare
    from opsieve.selection.lock.read import read_lock

    context = click.get_current_context()
    old = read_lock(path)
    new = lock_now(context, path, old)
    changes = compare(old, new)
    _print(changes, old, new, output_format, up_to_date=not changes)
    if changes:
        update = command_line(
            "lock", context.command.params, context.params, without=("check", "output_format"), as_typed=True
        )
        note(f"{path} is out of date; update it with: {update}")
        raise click.exceptions.Exit(1)
    note(f"{path} is up to date")


def _diff(path: str, output_format: str) -> None:
    from opsieve.selection.lock.compare import compare
    from opsieve.selection.lock.read import read_lock

    old = read_lock(path)
    new = lock_now(click.get_current_context(), path, old)
    _print(compare(old, new), old, new, output_format)


def _print_difference(old_path: str, new_path: str, output_format: str) -> None:
    from opsieve.selection.lock.compare import compare
    from opsieve.selection.lock.read import read_lock

    old, new = read_lock(old_path), read_lock(new_path)
    _print(compare(old, new), old, new, output_format)


def _merge(paths: Sequence[str], output: str | None, output_format: str) -> None:
    from opsieve.selection.lock.read import read_lock

    if not paths or output is None:
        raise click.UsageError("--merge needs the locks to merge, and -o FILE for the result")
    _write(output, merged({path: read_lock(path) for path in paths}), output_format)


def _print(changes: Changes, old: Lock, new: Lock, output_format: str, **more: bool) -> None:
    from opsieve.cli.changes import document, text

    if output_format == "json":
        click.echo(json.dumps({"schema": 1, **more, **document(changes)}, indent=1))
        return
    for line in text(changes, old, new):
        click.echo(one_line(line))
    if not changes and not more:
        note("nothing changed")
