"""The manifest of a tree's portable runtime: sources, protos, generated files, flags and third-party needs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from opsieve.build.generated_files import options_header, pb_text_header, version_info_header, version_info_source
from opsieve.build.manifest import GeneratedFile, Manifest, Need, RuntimeSource
from opsieve.build.registration_macro import HEADER, lazy_registration
from opsieve.build.third_party.catalog import load_catalog, package_of
from opsieve.resources import load_yaml
from opsieve.tree.linking.runtime import Runtime, build_files
from opsieve.tree.sources import read_source
from opsieve.tree.store import INCLUDE_ROOTS

# TensorFlow's own, made of the selection; opsieve writes it elsewhere.
_SELECTIVE_HEADER = "ops_to_register.h"
_VERSION_SOURCE = "tensorflow/core/util/version_info.cc"
_VERSION_HEADER = "tensorflow/core/util/version_info.h"
_MOST_REASONS = 4
# Headers of the tree for packages whose sources it does not have (third_party/fft2d/fft.h).
_DECLARED_HERE = "third_party/"

__all__ = ["PortableRuntime", "build_files", "portable_runtime"]

_STANDARD = re.compile(r"^build:(?:linux|android)\s+--cxxopt=-std=(\S+)", re.MULTILINE)


class PortableRuntime(Runtime):
    """The portable runtime of a tree, and its manifest."""

    def manifest(self, files: Iterable[str] = ()) -> Manifest:
        """What is compiled whatever the models; with the protos, generated files and packages that ``files`` need too.

        ``files`` are the sources that are compiled for the models' sake, their helpers included.

        Raises:
            OpsieveError: a source, a header or a .proto file cannot be read.
        """
        return _manifest(self, files)

    def package_of(self, include: str) -> str | None:
        """The third-party package that has a header, by the name that #include uses; None where none is known."""
        return _package_of(include, self.version)


def portable_runtime(
    tree: Path,
    configuration: str,
    *,
    defines: Mapping[str, str],
    registering: Collection[str],
    files: Iterable[str] = (),
) -> Manifest:
    """The manifest of a tree's portable runtime, as :meth:`PortableRuntime.manifest` gives it.

    Raises:
        OpsieveError: not a source tree, no such configuration, or BUILD files that have no portable runtime.
    """
    with build_files(tree, configuration) as build:
        return PortableRuntime(tree, build, configuration, defines, registering).manifest(files)


def _manifest(runtime: Runtime, files: Iterable[str]) -> Manifest:
    files = tuple(files)
    interface = _facts()["interface"]
    asked = _asked(runtime, [*files, *runtime.sources, *interface])
    generated = _generated(runtime, asked)
    headers = [*asked, *interface, *(file.path for file in generated)]
    protos, foreign = runtime.protos.closure(
        dict.fromkeys(proto.name for header in headers if (proto := runtime.protos.behind(header)) is not None)
    )
    made = {file.path for file in generated} | {_SELECTIVE_HEADER}
    needs: dict[str, list[str]] = {}
    notes = list(runtime.notes)
    for name, asking in (*asked.items(), *((name, [asker]) for name, asker in foreign.items())):
        if name in made or runtime.protos.behind(name) is not None:
            continue
        package = _package_of(name, runtime.version)
        if package is not None:
            known = needs.setdefault(package, [])
            known += [each for each in asking if each not in known][: max(_MOST_REASONS - len(known), 0)]
        elif name.endswith((".pb.h", ".proto")) or name.startswith(("tensorflow/", "tsl/", "xla/")):
            notes.append(f"{name}, which {asking[0]} includes, is neither in the tree nor made by opsieve")
    if protos:
        # What protoc writes includes it, whether or not a source does.
        needs.setdefault("protobuf", [next(iter(protos.values())).path])
    return Manifest(
        version=runtime.version,
        configuration=runtime.configuration,
        sources=tuple(
            RuntimeSource(path, reasons, path in runtime.registering) for path, reasons in runtime.sources.items()
        ),
        protos=tuple(protos),
        proto_roots=_roots(runtime.tree, {proto.root for proto in protos.values()}),
        generated=tuple(generated),
        includes=_roots(runtime.tree, INCLUDE_ROOTS),
        defines=runtime.defines,
        third_party=tuple(Need(name, tuple(needs[name])) for name in sorted(needs)),
        flags=_flags(runtime),
        extra_packages=_extra_packages(runtime, files, interface),
        interface=tuple(
            header
            for header in interface
            if (runtime.tree / header).is_file() or runtime.protos.behind(header) is not None
        ),
        notes=tuple(notes),
    )


def _extra_packages(runtime: Runtime, files: Iterable[str], interface: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each of ``files`` the packages that neither the runtime nor its interface asks for."""
    known = {name for path in (*runtime.sources, *interface) for name in _packages(runtime, path)}
    # What protoc writes includes it.
    known.add("protobuf")
    extra = {path: tuple(sorted(set(_packages(runtime, path)) - known)) for path in files}
    return {path: names for path, names in extra.items() if names}


def _wanted(runtime: Runtime, path: str) -> Iterator[str]:
    """What a source reaches that has to come from elsewhere, whether or not the tree declares some of it itself."""
    reached = runtime.includes.reached(path)
    yield from reached.absent
    yield from (header for header in reached.headers if header.startswith(_DECLARED_HERE))


def _packages(runtime: Runtime, path: str) -> Iterator[str]:
    """The packages that a source includes."""
    for name in _wanted(runtime, path):
        if runtime.protos.behind(name) is None:
            package = _package_of(name, runtime.version)
            if package is not None:
                yield package


def _asked(runtime: Runtime, files: Iterable[str]) -> dict[str, list[str]]:
    """Everything that is included and not in the tree, with a few of those that ask, the first of ``files`` first."""
    asked: dict[str, list[str]] = {}
    for path in dict.fromkeys(files):
        for name in _wanted(runtime, path):
            known = asked.setdefault(name, [])
            if len(known) < _MOST_REASONS:
                known.append(path)
    return dict(sorted(asked.items()))


def _generated(runtime: Runtime, asked: Mapping[str, Sequence[str]]) -> list[GeneratedFile]:
    made = [
        GeneratedFile(name, content, False, tuple(asking))
        for name, asking in asked.items()
        if (content := _content(runtime, name)) is not None
    ]
    label = runtime.generated.get(_VERSION_SOURCE)
    if label is not None and not (runtime.tree / _VERSION_SOURCE).is_file():
        made.append(GeneratedFile(_VERSION_SOURCE, version_info_source(), True, (label,)))
    made += _lazy_registration(runtime.tree)
    return sorted(made, key=lambda file: file.path)


def _lazy_registration(tree: Path) -> Iterator[GeneratedFile]:
    """What stands before a header of the tree, so that only selected kernels are compiled."""
    if (tree / HEADER).is_file():
        content = lazy_registration(read_source(str(tree / HEADER)).decode("utf-8", "replace"))
        if content is not None:
            yield GeneratedFile(HEADER, content, False)


def _content(runtime: Runtime, name: str) -> str | None:
    """What stands in a header that TensorFlow's build makes; None for any other."""
    if name == _VERSION_HEADER:
        return version_info_header()
    if name.endswith(".pb_text.h"):
        proto = runtime.protos.behind(name)
        return None if proto is None else pb_text_header(proto)
    template = f"{name}.tpl"
    if ".." not in name.split("/") and not name.startswith("/") and (runtime.tree / template).is_file():
        return options_header(read_source(f"{runtime.tree}/{template}").decode("utf-8", "replace"), template)
    return None


def _roots(tree: Path, roots: Collection[str]) -> tuple[str, ...]:
    return tuple(root or "." for root in INCLUDE_ROOTS if root in roots and (tree / root).is_dir())


def _flags(runtime: Runtime) -> tuple[str, ...]:
    """The flags that every file is compiled with: how it reads the sources, not what is the target's business."""
    kept = tuple(_facts()["flags"])
    flags = [flag for flag in runtime.copts if flag.startswith(kept)]
    return tuple(dict.fromkeys((f"-std={_standard(runtime.tree)}", *flags)))


def _standard(tree: Path) -> str:
    place = tree / ".bazelrc"
    if place.is_file():
        stated = _STANDARD.search(read_source(str(place)).decode("utf-8", "replace").replace("\r\n", "\n"))
        if stated is not None:
            return stated[1]
    return str(_facts()["standard"])


@lru_cache(maxsize=10_000)
def _package_of(include: str, version: str) -> str | None:
    """The third-party package of a header; where no version of it is known to fit, its name all the same."""
    found = package_of(include, version)
    if found is None:
        matching = [
            (len(prefix), row.name) for row in load_catalog() for prefix in row.headers if include.startswith(prefix)
        ]
        found = max(matching)[1] if matching else None
    return found


def _facts() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = load_yaml(Path(__file__).with_suffix(".yaml"))
    return loaded
