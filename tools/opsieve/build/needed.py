"""What some files of a tree are compiled and linked with, worked out once and kept until the tree changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from opsieve.build.manifest import Manifest, manifest_of
from opsieve.tree.index import Helper, Index
from opsieve.tree.kept import Kept
from opsieve.tree.linking.cached import helper_rows, helpers_of, registering_files


@dataclass(frozen=True, slots=True)
class Needed:
    """``helpers``: for each file the sources that it needs to link. ``manifest``: the runtime for files and helpers."""

    helpers: Mapping[str, tuple[Helper, ...]]
    manifest: Manifest


def needed(
    tree: Path,
    index: Index,
    configuration: str,
    defines: Mapping[str, str],
    files: Sequence[str],
    *,
    cache: bool = True,
) -> Needed:
    """What ``files`` (relative to the tree) need; no BUILD file is evaluated where that is known already.

    ``index`` is that of the tree, ``configuration`` one of the BUILD files, ``defines`` what the library is compiled
    with. Without a ``cache``, or for an index that was made without, all is worked out anew.

    Raises:
        OpsieveError: the tree has no portable runtime, or a BUILD file, source, header or proto cannot be read.
    """
    asked = [configuration, dict(defines), list(files)]
    kept = Kept("runtime", tree, asked, index.state) if cache and index.state else None
    known = kept.recall(_decoded) if kept else None
    if known is not None:
        return known
    found, read = _found(tree, index, configuration, defines, files)
    if kept:
        kept.keep({"helpers": helper_rows(found.helpers), "manifest": asdict(found.manifest)}, read)
    return found


def _found(
    tree: Path, index: Index, configuration: str, defines: Mapping[str, str], files: Sequence[str]
) -> tuple[Needed, list[str]]:
    """What is needed, and the files that were read for it."""
    from opsieve.build.portable_runtime import PortableRuntime, build_files

    with build_files(tree, configuration) as evaluated:
        runtime = PortableRuntime(tree, evaluated, configuration, defines, registering_files(index))
        helpers = runtime.helpers(files)
        everything = sorted({*files, *(helper.path for row in helpers.values() for helper in row)})
        return Needed(helpers, runtime.manifest(everything)), runtime.read


def _decoded(row: Mapping[str, Any]) -> Needed:
    return Needed(helpers_of(row["helpers"]), manifest_of(row["manifest"]))
