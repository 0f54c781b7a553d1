"""What third_party.yaml says, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from opsieve.errors import OpsieveError
from opsieve.resources import load_yaml
from opsieve.tree.sources import release

_FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Archive:
    """A file of a registry (``pypi`` or ``debian``). ``size`` in bytes; ``sha256`` of the whole, lower-case hex.

    ``record_sha256``: of the RECORD file of a wheel, where parts of it may be read by themselves. ``pool`` and
    ``snapshot``: the folder in a Debian mirror, and a time (``20250520T000000Z``) at which the snapshot service has it.
    """

    registry: str
    name: str
    file: str
    size: int
    sha256: str
    record_sha256: str = ""
    pool: str = ""
    snapshot: str = ""

    @property
    def origin(self) -> str:
        """For people: "PyPI grpcio-1.56.0.tar.gz"."""
        names = {"pypi": "PyPI", "debian": "Debian"}
        return f"{names.get(self.registry, self.registry)} {self.file}"


@dataclass(frozen=True, slots=True)
class Made:
    """A file of a package that is made of another one of it by replacing text, in the given order."""

    to: str
    source: str
    replace: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Sources (globs less globs) and how to compile them; folders and files are relative to the package."""

    sources: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    private_includes: tuple[str, ...] = ()
    own: str = ""


@dataclass(frozen=True, slots=True)
class Prebuilt:
    """A program in an archive, for one kind of host."""

    archive: Archive
    member: str


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """How a system's package is found and linked. ``header`` is one that must be there."""

    pkg_config: str
    header: str
    libraries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionIn:
    """Where a source says its version: the first group of ``pattern`` in ``file``, below one of the includes.

    ``digits``: it is written as protobuf does, 3021012 for 3.21.12.
    """

    file: str
    pattern: str
    digits: bool = False


@dataclass(frozen=True, slots=True)
class Package:
    """One row of third_party.yaml; see there for what each field means."""

    name: str
    version: str
    licence: str
    why: str
    headers: tuple[str, ...]
    markers: tuple[str, ...]
    includes: tuple[str, ...]
    compiled: Compiled
    since: str = ""
    until: str = ""
    archive: Archive | None = None
    subfolder: str = ""
    unpack: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    make: tuple[Made, ...] = ()
    own: tuple[tuple[str, str], ...] = ()
    public_defines: tuple[str, ...] = ()
    for_target: Mapping[str, Compiled] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    system: SystemPackage | None = None
    version_in: VersionIn | None = None
    tools: Mapping[str, Compiled] = field(default_factory=dict)
    prebuilt: Mapping[tuple[str, str], Prebuilt] = field(default_factory=dict)

    def fits(self, version: str) -> bool:
        """Whether the row is for this TensorFlow version (``2.14.0``)."""
        found = release(version)
        return (not self.since or found >= release(self.since)) and (not self.until or found < release(self.until))

    def for_a(self, target: str) -> Compiled:
        """Sources and settings for a target (``linux-aarch64``), with what ``for_target`` adds.

        Its private folders come first: they override files of the general ones.
        """
        result = self.compiled
        for prefix, more in self.for_target.items():
            if target == prefix or target.startswith(prefix + "-"):
                result = Compiled(
                    sources=(*result.sources, *more.sources),
                    exclude=(*result.exclude, *more.exclude),
                    defines=(*result.defines, *more.defines),
                    flags=(*result.flags, *more.flags),
                    private_includes=(*more.private_includes, *result.private_includes),
                )
        return result


@lru_cache(maxsize=4)
def load_catalog(path: Path = _FOLDER / "third_party.yaml") -> tuple[Package, ...]:
    """All rows, in the order of the file."""
    document = load_yaml(path)
    archives = {key: Archive(**row) for key, row in document["archives"].items()}
    return tuple(_package(row, archives) for row in document["packages"])


def find(name: str, version: str) -> Package | None:
    """The row of a package for a TensorFlow version; none where no fitting source is known."""
    return next((row for row in load_catalog() if row.name == name and row.fits(version)), None)


def known(name: str) -> str:
    """A package's name as the catalogue writes it; people also write ``ml-dtypes``.

    Raises:
        OpsieveError: there is no such package for any TensorFlow version.
    """
    names = {row.name for row in load_catalog()}
    plain = name.replace("-", "_")
    if plain not in names:
        raise OpsieveError(f"no third-party package is called {name!r}", hint=f"There are: {', '.join(sorted(names))}")
    return plain


def owner_of(name: str) -> str:
    """The package that a tool (``protoc``) is built from; any other name as it is."""
    return next((row.name for row in load_catalog() if name in row.tools), name)


def package_of(include: str, version: str) -> str | None:
    """The name of the package that a file named in an #include belongs to, for a TensorFlow version."""
    best: tuple[int, str] | None = None
    for row in load_catalog():
        if row.fits(version):
            for prefix in row.headers:
                if include.startswith(prefix) and (best is None or len(prefix) > best[0]):
                    best = (len(prefix), row.name)
    return best[1] if best else None


def with_needs(names: Iterable[str], version: str) -> tuple[str, ...]:
    """The packages, in their order, and all that they need themselves, which comes after them, as linkers want it."""
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        row = find(name, version)
        for need in row.needs if row else ():
            if need not in path:
                visit(need, (*path, need))
        if name not in order:
            order.append(name)

    for name in reversed(list(names)):
        visit(name, (name,))
    return tuple(reversed(order))


def own_file(name: str) -> Path:
    """A source of opsieve's own that a package or a tool is completed with."""
    return _FOLDER / "own" / name


def _package(row: dict[str, Any], archives: Mapping[str, Archive]) -> Package:
    system = row.get("system")
    version_in = row.get("version_in")
    return Package(
        name=row["name"],
        version=str(row["version"]),
        licence=row["licence"],
        why=row["why"],
        headers=tuple(row["headers"]),
        markers=tuple(row["markers"]),
        includes=tuple(row.get("includes", ["."])),
        compiled=_compiled(row),
        since=row.get("since", ""),
        until=row.get("until", ""),
        archive=archives[row["archive"]] if "archive" in row else None,
        subfolder=row.get("subfolder", ""),
        unpack=tuple(row.get("unpack", ())),
        rename=tuple((pattern, by) for pattern, by in row.get("rename", ())),
        make=tuple(Made(made["to"], made["from"], tuple(made["replace"].items())) for made in row.get("make", ())),
        own=tuple(row.get("own", {}).items()),
        public_defines=tuple(row.get("public_defines", ())),
        for_target={prefix: _compiled(more) for prefix, more in row.get("for_target", {}).items()},
        needs=tuple(row.get("needs", ())),
        system=SystemPackage(system.get("pkg_config", ""), system["header"], tuple(system["libraries"]))
        if system
        else None,
        version_in=VersionIn(**version_in) if version_in else None,
        tools={name: _compiled(tool) for name, tool in row.get("tools", {}).items()},
        prebuilt={
            (name, host): Prebuilt(archives[binary["archive"]], binary["member"])
            for name, tool in row.get("tools", {}).items()
            for host, binary in tool.get("prebuilt", {}).items()
        },
    )


def _compiled(row: Mapping[str, Any]) -> Compiled:
    return Compiled(
        sources=tuple(row.get("sources", ())),
        exclude=tuple(row.get("exclude", ())),
        defines=tuple(row.get("defines", ())),
        flags=tuple(row.get("flags", ())),
        private_includes=tuple(row.get("private_includes", ())),
        own=row.get("own", ""),
    )
