"""``opsieve deps``: the third-party packages that TensorFlow's runtime is compiled with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.messages import note, plural, progress, warn
from opsieve.cli.options import PATH, store_option
from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opsieve.build.third_party.catalog import Package

_RELEASE = re.compile(r"v?(\d+\.\d+(?:[.+-]?[0-9A-Za-z]+)*)")


@click.group()
def deps() -> None:
    """Fetch, or list, the third-party packages that TensorFlow's runtime is compiled with.

    They come from PyPI and Debian, in pinned versions with checked digests, and are kept in the user's cache folder.

    \b
    Example:
      opsieve deps fetch --tensorflow ~/tensorflow
      opsieve deps list --tensorflow-version 2.14.0
    """


_WHICH = (
    click.argument("names", metavar="[PACKAGE]...", nargs=-1),
    click.option("--tensorflow", metavar="TREE", type=PATH, help="Source tree, for the release that it says it is."),
    click.option("--tensorflow-version", metavar="VERSION", help="Release, such as 2.14.0."),
    store_option,
)


def _which(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_WHICH):
        command = option(command)
    return command


@deps.command()
@_which
@click.option(
    "--without", metavar="PACKAGE", multiple=True, help="A package that is not to be fetched; may be repeated."
)
def fetch(
    names: tuple[str, ...],
    tensorflow: str | None,
    tensorflow_version: str | None,
    store: str | None,
    without: tuple[str, ...],
) -> None:
    """Fetch PACKAGEs, and what they need themselves.

    Without PACKAGEs: all that the portable runtime of the TREE itself needs. Only a tree can tell that; for a VERSION
    alone all that are known are fetched. What `opsieve build` is given with --third-party need not be fetched.

    \b
    Example:
      opsieve deps fetch --tensorflow ~/tensorflow
      opsieve deps fetch --tensorflow ~/tensorflow --without protobuf
      opsieve deps fetch --tensorflow-version 2.14.0 icu re2
    """
    from opsieve.build.third_party.catalog import known, owner_of
    from opsieve.build.third_party.fetch import fetch as bring
    from opsieve.build.third_party.store import default_store

    version = _version(tensorflow, tensorflow_version)
    place = Path(store) if store else default_store()
    wanted = tuple(known(owner_of(name)) for name in names)
    # The name of a program is its own.
    left_out = tuple(known(name) if owner_of(name) == name else name for name in without)
    if not wanted:
        needed = _needed_by(tensorflow) if tensorflow else _all()
        wanted = _with_source((name for name in needed if name not in left_out), version)
    with progress("Fetching") as report:
        folders = bring(wanted, version, place, lambda _what, done, total: report(done, total), without=left_out)
    for folder in folders:
        note(f"have {folder.name}")
    click.echo(f"{plural(len(folders), 'package')} for TensorFlow {version} in {place}")


@deps.command(name="list")
@_which
def list_packages(
    names: tuple[str, ...], tensorflow: str | None, tensorflow_version: str | None, store: str | None
) -> None:
    """List packages, and protoc: version, licence, where it comes from, and whether it is there."""
    from opsieve.build.third_party.catalog import find, known, owner_of
    from opsieve.build.third_party.store import default_store

    version = _version(tensorflow, tensorflow_version)
    place = Path(store) if store else default_store()
    for name in names or _all():
        owner = known(owner_of(name))
        row = find(owner, version)
        if row is None:
            click.echo(f"{name}: {_no_source(version)}")
        elif owner_of(name) != name:
            click.echo(_tool_line(row, name, place))
        else:
            click.echo(_line(row, place))
            for tool in row.tools:
                click.echo(_tool_line(row, tool, place))


def _line(row: Package, store: Path) -> str:
    from opsieve.build.third_party.store import package_folder

    state = "to be given with --third-party"
    if row.archive is not None:
        state = f"{row.archive.origin}; {'fetched' if package_folder(row, store).is_dir() else 'not fetched'}"
    return f"{row.name} {row.version} ({row.licence}): {state}; {row.why}"


def _tool_line(row: Package, tool: str, store: Path) -> str:
    from opsieve.build.third_party.protoc import tool_state

    return (
        f"{tool} {row.version} ({row.licence}): {tool_state(row, tool, store)}; "
        f"A program of this machine, of exactly the version of {row.name}."
    )


def _all() -> tuple[str, ...]:
    from opsieve.build.third_party.catalog import load_catalog

    return tuple(dict.fromkeys(row.name for row in load_catalog()))


def _with_source(names: Iterable[str], version: str) -> tuple[str, ...]:
    """Those of which a source is known; the others are to be given to `opsieve build`, which a person is told."""
    from opsieve.build.third_party.fetch import fetchable

    names = tuple(names)
    for name in names:
        if not fetchable(name, version):
            warn(f"{name}: {_no_source(version)}")
    return tuple(name for name in names if fetchable(name, version))


def _no_source(version: str) -> str:
    return f"no source is known that fits TensorFlow {version}; give a folder with --third-party"


def _needed_by(tree: str) -> tuple[str, ...]:
    """What the portable runtime of a tree needs, whatever is selected."""
    from opsieve.build.portable_runtime import portable_runtime
    from opsieve.tree.presets import DEFAULT_PRESET, resolve_defines

    defines = resolve_defines(DEFAULT_PRESET, (), ())
    manifest = portable_runtime(Path(tree), "linux", defines=defines, registering=())
    return tuple(need.name for need in manifest.third_party)


def _version(tree: str | None, version: str | None) -> str:
    if version is not None:
        stated = _RELEASE.fullmatch(version.strip())
        if stated is None:
            raise OpsieveError(f"--tensorflow-version {version}: not a release", hint="for example 2.14.0")
        return stated[1]
    if tree is None:
        raise OpsieveError("deps needs --tensorflow TREE or --tensorflow-version VERSION")
    from opsieve.tree.sources import check_tree, tree_version

    check_tree(Path(tree))
    found = tree_version(Path(tree))
    if _RELEASE.fullmatch(found) is None:
        raise OpsieveError(
            f"{tree}: does not say which release of TensorFlow it is", hint="say it with --tensorflow-version"
        )
    return found
