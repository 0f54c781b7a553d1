"""A package in a directory that the user gives: a checkout, an unpacked release, or where one was installed."""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from opsieve.build.provided import ThirdParty
from opsieve.build.third_party.catalog import Package
from opsieve.build.third_party.fetch import complete
from opsieve.build.third_party.globs import files, matches
from opsieve.build.third_party.installed import installed
from opsieve.build.third_party.store import making, package_folder
from opsieve.build.third_party.unpack import MOST_MEMBERS, place_in
from opsieve.errors import OpsieveError

# Where, in the folders that people have, that is which our own layout has at the top.
_LAYOUTS = (".", "src", "source", "icu4c/source", "include")
# The compiler searches these by itself, and finds nothing any more if they are named in another order.
_OF_THE_SYSTEM = ("/", "/usr")
_LARGEST_HEADER = 4 << 20


def from_directory(package: Package, directory: Path, target: str, store: Path) -> ThirdParty:
    """A package as the user has it. Sources are compiled where they are found; an installed library is linked.

    Raises:
        OpsieveError: the directory does not hold the package; tells what was looked for.
    """
    if not directory.is_dir():
        raise OpsieveError(f"--third-party {package.name}={directory}: no such directory")
    if str(directory.resolve()) in _OF_THE_SYSTEM:
        raise OpsieveError(
            f"--third-party {package.name}={directory}: the system's own folder",
            hint=f"--third-party {package.name}=system links what is installed there",
        )
    root = _root(package, directory)
    if root is None and _holds(directory / "include", package):
        # Installed: headers are where #include names them from, whatever folder of the sources they came from.
        root, package = directory / "include", replace(package, includes=(".",))
    origin = f"given: {directory}"
    if root is None:
        root = _completed(package, directory, store)
    if root is None:
        wanted = ", ".join(package.markers)
        raise OpsieveError(
            f"--third-party {package.name}={directory}: does not hold {package.name}: {wanted} not found",
            hint=f"opsieve looks for them in {', '.join(_LAYOUTS)}; {package.why}",
        )
    root = root.resolve()
    result = as_provided(package, root, target, origin)
    found = version_of(package, root)
    if found:
        result = replace(result, version=found)
    if package.compiled.sources and not result.sources:
        result = replace(result, libraries=installed(package, directory.resolve(), target), defines=(), flags=())
    return result


def as_provided(package: Package, root: Path, target: str, origin: str) -> ThirdParty:
    """A package whose folder has the layout of third_party.yaml."""
    compiled = package.for_a(target)
    return ThirdParty(
        name=package.name,
        version=package.version,
        origin=origin,
        root=root,
        includes=package.includes,
        sources=files(root, compiled.sources, compiled.exclude),
        defines=compiled.defines,
        flags=compiled.flags,
        public_defines=package.public_defines,
        private_includes=compiled.private_includes,
        needs=package.needs,
        licence=package.licence,
    )


def version_of(package: Package, root: Path) -> str:
    """The version that the sources themselves tell; empty where they do not."""
    where = package.version_in
    for include in package.includes if where else ():
        assert where is not None
        path = root / include / where.file
        if path.is_file():
            with open(path, "rb") as stream:
                match = re.search(where.pattern, stream.read(_LARGEST_HEADER).decode("utf-8", "replace"))
            if match:
                return _from_digits(int(match[1])) if where.digits else match[1]
    return ""


def _from_digits(number: int) -> str:
    """protobuf's version as its protoc tells it: 3021012 is 3.21.12, 6031001 is 31.1 (stubs/common.h)."""
    major, minor, patch = number // 1_000_000, number // 1_000 % 1_000, number % 1_000
    return f"{major}.{minor}.{patch}" if major < 4 else f"{minor}.{patch}"


def _root(package: Package, directory: Path) -> Path | None:
    for layout in _LAYOUTS:
        root = directory / layout
        if all(any((root / include / marker).is_file() for include in package.includes) for marker in package.markers):
            return root
    return None


def _holds(folder: Path, package: Package) -> bool:
    return all((folder / marker).is_file() for marker in package.markers)


def _completed(package: Package, directory: Path, store: Path) -> Path | None:
    """A copy with the files renamed and made as the catalogue says, where the directory holds what that takes."""
    if not package.make and not package.rename and not package.own:
        return None
    for layout in _LAYOUTS:
        root = directory / layout
        if all((root / made.source).is_file() for made in package.make) and root.is_dir():
            found = _wanted(package, root)
            place = place_in(replace(package, subfolder=""))
            placed = {place(f"given/{path}") or path for path in found}
            if not _marked(package, {*placed, *(made.to for made in package.make), *(to for to, _ in package.own)}):
                continue
            state = [(path, (root / path).stat().st_size, (root / path).stat().st_mtime_ns) for path in found]
            key = hashlib.sha256(repr((str(root.resolve()), state)).encode()).hexdigest()[:12]
            standard = package_folder(package, store)
            with making(standard.with_name(f"{standard.name}-given-{key}")) as folder:
                if folder is not None:
                    for path in found:
                        target = folder / (place(f"given/{path}") or path)
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes((root / path).read_bytes())
                    complete(package, folder)
            return standard.with_name(f"{standard.name}-given-{key}")
    return None


def _marked(package: Package, paths: Collection[str]) -> bool:
    return all(
        any(posixpath.normpath(f"{folder}/{marker}") in paths for folder in package.includes)
        for marker in package.markers
    )


def _wanted(package: Package, root: Path) -> list[str]:
    found = []
    seen = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen += len(names)
        if seen > MOST_MEMBERS:
            raise OpsieveError(f"{root}: more than {MOST_MEMBERS:,} files; give the directory of {package.name} itself")
        for name in names:
            path = (Path(folder) / name).relative_to(root).as_posix()
            if matches(path, package.unpack):
                found.append(path)
    return sorted(found)
