"""What the portable runtime of a tree is made of, and what each file needs that a selection may add to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from opsieve.build.manifest import Manifest, manifest_of
from opsieve.build.portable_runtime import PortableRuntime, build_files
from opsieve.tree.index import Index
from opsieve.tree.kept import Kept
from opsieve.tree.linking.cached import registering_files

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"((?:tensorflow|tsl|xla)/[^"]+)"', re.M)


@dataclass(frozen=True, slots=True)
class Offered:
    """A source that a selection may add. ``protos``: those that it needs beyond the runtime's own, by their names.

    ``packages``: third-party packages, likewise. ``lacks``: a header that nobody has, so that no portable library can
    compile it (LLVM's, gRPC's); or "".
    """

    protos: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """``runtime``: what is compiled whatever the models. ``largest``: the same with all that any selection may add.

    ``files``: what may be added, by path. ``runtime_headers``: the files of the tree that the runtime's sources and the
    headers of its interface include, whatever a compiler makes of conditions; ``headers``: those that files on offer
    include beside them.
    """

    runtime: Manifest
    largest: Manifest
    files: Mapping[str, Offered]
    runtime_headers: tuple[str, ...]
    headers: tuple[str, ...]


def offer(
    tree: Path,
    index: Index,
    configuration: str,
    defines: Mapping[str, str],
    programs: Iterable[Path] = (),
    *,
    cache: bool = True,
) -> Offer:
    """What libraries of ``tree`` are made of, whatever is selected.

    ``index`` is that of the tree, ``configuration`` one of its BUILD files, ``defines`` what a library is compiled
    with. ``programs``: sources outside of the tree that include its headers. Without a ``cache``, or for an index that
    was made without, all is worked out anew.

    Raises:
        OpsieveError: the tree has no portable runtime, or a BUILD file, source, header or proto cannot be read.
    """
    included = sorted({name for program in programs for name in _INCLUDE.findall(program.read_text("utf-8"))})
    kept = Kept("offer", tree, [configuration, dict(defines), included], index.state) if cache and index.state else None
    known = kept.recall(_decoded) if kept else None
    if known is not None:
        return known
    with build_files(tree, configuration) as build:
        runtime = PortableRuntime(tree, build, configuration, defines, registering_files(index))
        found = _found(runtime, included)
        if kept:
            kept.keep(asdict(found), runtime.read)
    return found


def _found(runtime: PortableRuntime, included: Iterable[str]) -> Offer:
    registering = sorted(file for file in runtime.registering if (runtime.tree / file).is_file())
    helpers = runtime.helpers(registering)
    paths = sorted({*registering, *(helper.path for row in helpers.values() for helper in row)} - {*runtime.sources})
    base, largest = runtime.manifest(), runtime.manifest(paths)
    made = {file.path for file in largest.generated}
    files = {path: _offered(runtime, path, base, largest, made) for path in paths}
    of_runtime = _reached(runtime, (*runtime.sources, *base.interface, *included))
    of_files = _reached(runtime, (path for path, each in files.items() if not each.lacks))
    return Offer(
        runtime=base,
        largest=largest,
        files=files,
        runtime_headers=tuple(sorted(of_runtime - {*runtime.sources})),
        headers=tuple(sorted(of_files - of_runtime - files.keys())),
    )


def _offered(runtime: PortableRuntime, path: str, base: Manifest, largest: Manifest, made: Collection[str]) -> Offered:
    reached = runtime.includes.reached(path)
    protos = [(name, proto) for name in reached.absent if (proto := runtime.protos.behind(name)) is not None]
    needed, _ = runtime.protos.closure(dict.fromkeys(proto.name for _, proto in protos))
    from_protos = {name for name, _ in protos}
    lacks = next(
        (
            name
            for name in reached.absent
            if name not in reached.angled
            and name not in from_protos
            and name not in made
            and runtime.package_of(name) is None
        ),
        "",
    )
    return Offered(tuple(sorted(needed.keys() - {*base.protos})), largest.extra_packages.get(path, ()), lacks)


def _reached(runtime: PortableRuntime, paths: Iterable[str]) -> set[str]:
    """All that these include, and they themselves: on each target, whose compiler decides on conditions, too."""
    reached = {header for path in paths for header in runtime.includes.reached(path).headers}
    return reached | runtime.includes.named(reached)


def _decoded(row: Mapping[str, Any]) -> Offer:
    return Offer(
        runtime=manifest_of(row["runtime"]),
        largest=manifest_of(row["largest"]),
        files={
            path: Offered(tuple(each["protos"]), tuple(each["packages"]), each["lacks"])
            for path, each in row["files"].items()
        },
        runtime_headers=tuple(row["runtime_headers"]),
        headers=tuple(row["headers"]),
    )
