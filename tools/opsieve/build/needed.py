"""What some files of a tree are compiled and linked with, worked out once and kept until the tree changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from opsieve.build.manifest import GeneratedFile, Manifest, Need, RuntimeSource
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
    manifest = row["manifest"]
    rows: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in manifest.items()
    }
    rows["sources"] = tuple(RuntimeSource(**_tupled(each)) for each in manifest["sources"])
    rows["generated"] = tuple(GeneratedFile(**_tupled(each)) for each in manifest["generated"])
    rows["third_party"] = tuple(Need(**_tupled(each)) for each in manifest["third_party"])
    rows["extra_packages"] = {path: tuple(names) for path, names in manifest["extra_packages"].items()}
    return Needed(helpers_of(row["helpers"]), Manifest(**rows))


def _tupled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "reasons": tuple(row["reasons"])}
