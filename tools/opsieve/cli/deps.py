"""``opsieve deps``: the third-party packages that TensorFlow's runtime is compiled with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.messages import note, progress
from opsieve.cli.options import PATH, store_option
from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from collections.abc import Callable


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
def fetch(names: tuple[str, ...], tensorflow: str | None, tensorflow_version: str | None, store: str | None) -> None:
    """Fetch PACKAGEs, or all that the portable runtime itself needs, with what they need themselves.

    \b
    Example:
      opsieve deps fetch --tensorflow ~/tensorflow
      opsieve deps fetch --tensorflow-version 2.14.0 icu re2
    """
    from opsieve.build.third_party.fetch import fetch as bring
    from opsieve.build.third_party.store import default_store

    version = _version(tensorflow, tensorflow_version)
    wanted = names or _needed_by(tensorflow)
    place = Path(store) if store else default_store()
    with progress("Fetching") as report:
        folders = bring(wanted, version, place, lambda _what, done, total: report(done, total))
    for folder in folders:
        note(f"have {folder.name}")
    click.echo(f"{len(folders)} packages for TensorFlow {version} are in {place}")


@deps.command(name="list")
@_which
def list_packages(
    names: tuple[str, ...], tensorflow: str | None, tensorflow_version: str | None, store: str | None
) -> None:
    """List the packages for a release: version, licence, where they come from, and whether they are there."""
    from opsieve.build.third_party.catalog import find, load_catalog
    from opsieve.build.third_party.store import default_store, package_folder

    version = _version(tensorflow, tensorflow_version)
    place = Path(store) if store else default_store()
    for name in names or tuple(dict.fromkeys(row.name for row in load_catalog())):
        row = find(name, version)
        if row is None:
            click.echo(f"{name}: no source is known that fits TensorFlow {version}; give a folder with --third-party")
            continue
        there = "fetched" if row.archive and package_folder(row, place).is_dir() else "not fetched"
        origin = f"{row.archive.registry} {row.archive.file}" if row.archive else "to be given with --third-party"
        click.echo(f"{name} {row.version} ({row.licence}): {origin}; {there}; {row.why}")


def _needed_by(tree: str | None) -> tuple[str, ...]:
    """What the portable runtime of a tree needs, whatever is selected."""
    if tree is None:
        raise OpsieveError("deps fetch needs PACKAGE names, or --tensorflow TREE to find them")
    from opsieve.build.portable_runtime import portable_runtime
    from opsieve.tree.presets import DEFAULT_PRESET, resolve_defines

    defines = resolve_defines(DEFAULT_PRESET, (), ())
    manifest = portable_runtime(Path(tree), "linux", defines=defines, registering=())
    return tuple(need.name for need in manifest.third_party)


def _version(tree: str | None, version: str | None) -> str:
    if version:
        return version
    if tree is None:
        raise OpsieveError("deps needs --tensorflow TREE or --tensorflow-version VERSION")
    from opsieve.tree.sources import check_tree, tree_version

    check_tree(Path(tree))
    return tree_version(Path(tree))
