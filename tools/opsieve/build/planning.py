"""A selection, a portable runtime and third-party packages → the plan of a library."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opsieve.build.manifest import Manifest
from opsieve.build.plan import Group, Plan, Unit
from opsieve.build.provided import ThirdParty
from opsieve.errors import OpsieveError

TENSORFLOW = "tensorflow"
CORE = "core"
SELECTED = "selected"
PROTOS = "protos"
GENERATED = "generated"
RUNNER = "run_model"

_INTERFACE = "opsieve/interface.cc"

# What nearly every file of a group includes first, so that precompiling it pays; those that a tree does not have are
# left out. They say nothing of what is selected.
_PRECOMPILED = {
    CORE: ("tensorflow/core/framework/op_kernel.h", "tensorflow/core/graph/graph.h"),
    SELECTED: ("tensorflow/core/framework/op_kernel.h", "tensorflow/core/framework/register_types.h"),
}

# Precompiling takes as long as compiling a file, and saves most of that for each.
_WORTH_PRECOMPILING = 3

# The proto by which protoc knows the folder of those that protobuf brings (AddDefaultProtoPaths,
# google/protobuf/compiler/command_line_interface.cc).
_WELL_KNOWN = "google/protobuf/descriptor.proto"

# Kernels define it, empty, before they include anything, which comes too late where Eigen is precompiled; it only adds
# devices that run on threads (unsupported/Eigen/CXX11/src/Tensor/TensorDeviceThreadPool.h).
_FOR_PRECOMPILED = ("EIGEN_USE_THREADS=",)


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a library is made of.

    ``selected``: every file that is compiled for the models' sake, and those of the runtime that register something
    (paths relative to the tree, or as ``folders`` names the user's own), with the text of its ops_to_register.h.
    Where that is empty, the file is compiled without SELECTIVE_REGISTRATION, and all that stands in it registers.
    ``folders``: the user's own folders of custom ops, by the name that paths in ``selected`` begin with.
    ``runner``: the folder of run_model's sources. ``exported``: as of Plan.
    """

    name: str
    tree: Path
    manifest: Manifest
    third_party: Sequence[ThirdParty]
    selected: Mapping[str, str]
    folders: Mapping[str, Path] = field(default_factory=dict)
    runner: Path | None = None
    exported: tuple[str, ...] = ()


def make_plan(given: Ingredients) -> Plan:
    """Everything that is compiled and linked for a library.

    Raises:
        OpsieveError: nobody provides protoc, which the runtime's protos need.
    """
    manifest = given.manifest
    base = _runtimes_own(given)
    extras = _extras(given, base)
    headers = {_digest(text): text for text in given.selected.values() if text}
    roots = {TENSORFLOW: given.tree}
    roots.update((package.name, package.root) for package in given.third_party)
    roots.update((_root_of(name), folder) for name, folder in given.folders.items())
    if given.runner is not None:
        roots[RUNNER] = given.runner
    return Plan(
        name=given.name,
        version=manifest.version,
        roots=roots,
        groups=tuple(_groups(given, base, extras)),
        units=tuple(_units(given, extras)),
        headers=headers,
        generated={file.path: file.content for file in manifest.generated} | _interface(given),
        protos=manifest.protos,
        proto_roots=tuple((TENSORFLOW, folder) for folder in manifest.proto_roots),
        proto_imports=tuple(_proto_imports(given.third_party)),
        protoc=_protoc(given.third_party, manifest),
        libraries=tuple(dict.fromkeys(library for package in given.third_party for library in package.libraries)),
        exported=given.exported,
        interface=_INTERFACE if given.runner is not None else "",
    )


def _interface(given: Ingredients) -> dict[str, str]:
    """A source that includes what an app does: what it was compiled with becomes the headers beside the library."""
    if given.runner is None:
        return {}
    return {_INTERFACE: "".join(f'#include "{header}"\n' for header in given.manifest.interface)}


def _groups(given: Ingredients, base: Collection[str], extras: Mapping[str, tuple[str, ...]]) -> Iterable[Group]:
    manifest = given.manifest
    packages = {package.name: package for package in given.third_party}
    # Generated files first: the tree may hold an older one of the same name, from a configure run.
    includes = (("", "."), *((TENSORFLOW, folder) for folder in manifest.includes))
    folders = tuple((_root_of(name), ".") for name in given.folders)

    def of_tree(
        name: str,
        used: Collection[str] = base,
        more: tuple[str, ...] = (),
        own_includes: tuple[tuple[str, str], ...] = (),
        precompiled: tuple[str, ...] = (),
    ) -> Group:
        chosen = [package for package in given.third_party if package.name in used]
        public = [define for package in chosen for define in package.public_defines]
        headers = tuple(header for header in precompiled if (given.tree / header).is_file())
        return Group(
            name,
            (*includes, *own_includes),
            tuple((package.name, folder) for package in chosen for folder in package.includes),
            tuple(dict.fromkeys((*manifest.defines, *public, *more))),
            manifest.flags,
            headers,
        )

    yield of_tree(CORE, precompiled=_PRECOMPILED[CORE])
    selective = ("SELECTIVE_REGISTRATION",) if any(given.selected.values()) else ()
    has_own = any(_place(path, given.folders)[0] != TENSORFLOW for path in given.selected)
    for extra, files in sorted(Counter(extras.values()).items()):
        yield of_tree(
            _group_of(extra),
            {*base, *_with_needs(extra, packages)},
            (*selective, *_FOR_PRECOMPILED),
            folders if has_own else (),
            _PRECOMPILED[SELECTED] if files >= _WORTH_PRECOMPILING else (),
        )
    yield of_tree(PROTOS)
    yield of_tree(GENERATED)
    if given.runner is not None:
        yield of_tree(RUNNER)
    for package in given.third_party:
        if package.sources:
            own_folders = tuple((package.name, folder) for folder in (*package.private_includes, *package.includes))
            needed = tuple((each, folder) for each in package.needs for folder in packages[each].includes)
            yield Group(package.name, own_folders, needed, (*package.defines, *package.public_defines), package.flags)


def _with_needs(names: Iterable[str], packages: Mapping[str, ThirdParty]) -> set[str]:
    found: set[str] = set()
    pending = [name for name in names if name in packages]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += packages[name].needs
    return found


def _runtimes_own(given: Ingredients) -> frozenset[str]:
    """The packages that the runtime needs whatever is selected, so that no model changes how it is compiled."""
    extra = {name for names in given.manifest.extra_packages.values() for name in names}
    asked = {need.name for need in given.manifest.third_party} - extra
    return frozenset(_with_needs(asked, {package.name: package for package in given.third_party}))


def _extras(given: Ingredients, base: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What each selected file needs beyond ``base``; a user's own, which is not looked into, may need all."""
    everything = tuple(sorted({package.name for package in given.third_party}.difference(base)))
    return {
        path: given.manifest.extra_packages.get(path, ())
        if _place(path, given.folders)[0] == TENSORFLOW
        else everything
        for path in given.selected
    }


def _group_of(extra: tuple[str, ...]) -> str:
    """Files are compiled alike that need the same packages: what another model needs more is none of their business."""
    return "-".join((SELECTED, *extra))


def _units(given: Ingredients, extras: Mapping[str, tuple[str, ...]]) -> Iterable[Unit]:
    manifest = given.manifest
    for path in sorted(source.path for source in manifest.sources):
        if path not in given.selected:
            yield Unit(path, TENSORFLOW, CORE)
    for path, text in sorted(given.selected.items()):
        root, name = _place(path, given.folders)
        yield Unit(name, root, _group_of(extras[path]), _digest(text))
    for proto in manifest.protos:
        yield Unit(proto, "", PROTOS)
    for file in manifest.generated:
        if file.compiled:
            yield Unit(file.path, "", GENERATED)
    for package in given.third_party:
        for path in package.sources:
            yield Unit(path, package.name, package.name)
    if given.runner is not None:
        yield Unit(_INTERFACE, "", RUNNER)
        for source in sorted(given.runner.glob("*.cc")):
            yield Unit(source.name, RUNNER, RUNNER)


def _place(path: str, folders: Mapping[str, Path]) -> tuple[str, str]:
    for name in sorted(folders, key=len, reverse=True):
        if path.startswith(f"{name}/"):
            return _root_of(name), path[len(name) + 1 :]
    return TENSORFLOW, path


def _root_of(folder: str) -> str:
    """A name for a root that no package has: roots are folders of the build."""
    return f"sources-{hashlib.sha256(folder.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def _digest(text: str) -> str:
    """The key of an ops_to_register.h; "" for none."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16] if text else ""


def _proto_imports(third_party: Sequence[ThirdParty]) -> Iterable[tuple[str, str]]:
    """The folders with protobuf's own .proto files, which a protoc finds by itself only where it was installed."""
    for package in third_party:
        if "protoc" in package.tools:
            for folder in package.includes:
                if (package.root / folder / _WELL_KNOWN).is_file():
                    yield package.name, folder


def _protoc(third_party: Sequence[ThirdParty], manifest: Manifest) -> Path | None:
    for package in third_party:
        if "protoc" in package.tools:
            return package.tools["protoc"]
    if manifest.protos:
        raise OpsieveError(
            f"TensorFlow {manifest.version} has {len(manifest.protos)} .proto files to compile, and no package "
            "provides protoc",
            hint="run `opsieve deps fetch`, or name one with --third-party protoc=PROGRAM",
        )
    return None
