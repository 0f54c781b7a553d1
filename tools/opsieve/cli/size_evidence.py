"""What is known of a built file besides its bytes: given by a user, or found beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from opsieve.cli.messages import warn
from opsieve.errors import OpsieveError
from opsieve.files import shown_paths

if TYPE_CHECKING:
    from opsieve.selection.selection import Selection
    from opsieve.size.attribution import Attribution
    from opsieve.size.layout import Layout
    from opsieve.size.link_map import LinkMap

_Found = TypeVar("_Found")
# Where `opsieve build` puts copies without symbols, and the list of what is in the library.
_STRIPPED, _OBJECTS = "stripped", Path("build") / "library.rsp"


@dataclasses.dataclass(frozen=True, slots=True)
class LibraryFile:
    """A library or program, perhaps unpacked from a package. Messages call it ``name``, and results ``shown``.

    ``folders``: where its build's other files are; none for what was unpacked.
    """

    path: Path
    name: str
    shown: str
    folders: tuple[Path, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class LibraryEvidence:
    """``objects``: the paths that those of ``archive`` had; ``paths``: where each kind of it was found.

    ``asked``: whether a user gave the archive.
    """

    layout: Layout
    link_map: LinkMap | None
    selection: Selection | None
    objects: tuple[str, ...]
    archive: Path | None
    asked: bool
    paths: dict[str, Path | None]


@dataclasses.dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """What a user gave; the rest is looked for."""

    link_map: str | None = None
    selection: str | None = None
    debug_file: str | None = None
    archive: str | None = None
    member: str | None = None

    def attribution(self, file: Path) -> tuple[Attribution, Selection | None]:
        """Who owns the bytes of a file, and the selection that it was built from, where there is one.

        Raises:
            OpsieveError: the file, or what was given, cannot be read, or is of another file.
        """
        from opsieve.size.packages import is_package

        if self.member is None and is_package(file):
            return self._of_package(file), None
        with self.library(file) as library:
            evidence = self.of_library(library)
            return attributed(library, evidence), evidence.selection

    @contextmanager
    def library(self, file: Path) -> Iterator[LibraryFile]:
        """A library or program, or the one that is meant of a package, for as long as it is unpacked.

        Raises:
            OpsieveError: a package whose member is not named, is not there or cannot be unpacked, or a member of
                something else.
        """
        from opsieve.size.packages import is_package, unpacked_member

        if not is_package(file):
            if self.member is not None:
                raise OpsieveError(f"{file}: not a package (.apk, .aar, .ipa, .zip)", hint="leave out --member")
            yield LibraryFile(file, str(file), shown_paths([file])[0], _folders(file))
        elif self.member is None:
            raise OpsieveError(f"{file}: a package, not a library", hint="name the library in it with --member")
        else:
            with unpacked_member(file, self.member) as path:
                yield LibraryFile(path, f"{file}({self.member})", f"{shown_paths([file])[0]}({self.member})", ())

    def for_side(self, file: str, other: str) -> EvidenceRequest:
        """Of two files that are compared, a member is of those that are packages."""
        from opsieve.size.packages import is_package

        if self.member is not None and not is_package(file) and is_package(other):
            return dataclasses.replace(self, member=None)
        return self

    def _of_package(self, file: Path) -> Attribution:
        from opsieve.size.package_attribution import attribute_package
        from opsieve.size.packages import read_package

        given = {"--map": self.link_map, "--selection": self.selection, "--debug-file": self.debug_file}
        for option, value in {**given, "--archive": self.archive}.items():
            if value is not None:
                raise OpsieveError(
                    f"{file}: a package, and {option} is of a library", hint="name the library in it with --member"
                )
        return attribute_package(read_package(file, layouts=False))

    def of_library(self, library: LibraryFile) -> LibraryEvidence:
        """What is known of a library or program.

        Raises:
            OpsieveError: the file, or what was given, cannot be read, or is of another file.
        """
        layout, debug = self._layout(library)
        link_map, map_path = self._map(library, layout)
        selection, selection_path = self._selection(library)
        objects = self._objects(library)
        archive = self._archive(library, objects) if link_map is not None else None
        paths = {"linker map": map_path, "symbols": debug, "selection": selection_path, "archive": archive}
        return LibraryEvidence(layout, link_map, selection, tuple(objects), archive, self.archive is not None, paths)

    def _objects(self, library: LibraryFile) -> list[str]:
        """The objects that `opsieve build` put into its archive."""
        # A library that was unpacked has its archive from elsewhere, if any.
        folders = library.folders or ((Path(self.archive).parent,) if self.archive is not None else ())
        try:
            return (folders[-1] / _OBJECTS).read_text(encoding="utf-8").split("\n")[:-1] if folders else []
        except (OSError, UnicodeDecodeError):
            return []

    def _archive(self, library: LibraryFile, objects: list[str]) -> Path | None:
        """The archive of what was linked."""
        from opsieve.size.archive_index import has_symbols

        if self.archive is not None:
            has_symbols(Path(self.archive))
            return Path(self.archive)
        if objects and library.folders:
            for path in sorted(library.folders[-1].glob("lib*.a")):
                if _if_it_fits(lambda path=path: has_symbols(path)):  # type: ignore[misc]
                    return path
        return None

    def _layout(self, library: LibraryFile) -> tuple[Layout, Path | None]:
        from opsieve.size.reading import read_layout

        file = library.path
        if self.debug_file is not None:
            return read_layout(file, self.debug_file, name=library.name), Path(self.debug_file)
        layout = read_layout(file, name=library.name)
        beside = file.absolute().parent.parent / file.name
        if layout.stripped and not layout.members and len(library.folders) > 1 and beside.is_file():
            found = _if_it_fits(lambda: read_layout(file, beside))
            if found is not None:
                return found, beside
        return layout, None

    def _map(self, library: LibraryFile, layout: Layout) -> tuple[LinkMap | None, Path | None]:
        from opsieve.size.map_check import check_map
        from opsieve.size.maps import read_link_map

        if self.link_map is not None:
            return read_link_map(self.link_map), Path(self.link_map)
        if layout.members:
            return None, None

        def fitting(path: Path) -> LinkMap:
            found = read_link_map(path)
            check_map(layout, found)
            return found

        for path in _maps(library):
            if path.is_file():
                found = _if_it_fits(lambda path=path: fitting(path))  # type: ignore[misc]
                if found is not None:
                    return found, path
        return None, None

    def _selection(self, library: LibraryFile) -> tuple[Selection | None, Path | None]:
        from opsieve.selection.document import read_selection

        if self.selection is not None:
            return read_selection(self.selection)[0], Path(self.selection)
        for folder in library.folders:
            path = folder / "selection.json"
            if path.is_file():
                found = _if_it_fits(lambda path=path: read_selection(path)[0])  # type: ignore[misc]
                if found is not None:
                    return found, path
        return None, None


def attributed(library: LibraryFile, evidence: LibraryEvidence) -> Attribution:
    """Who owns the bytes of a library or program.

    Raises:
        OpsieveError: the map is another file's.
    """
    from opsieve.binary.opened import open_file
    from opsieve.size.attribute import attribute
    from opsieve.size.build_facts import read_build_facts

    found = attribute(
        evidence.layout,
        evidence.link_map,
        evidence.selection,
        content=open_file(library.path),
        objects=evidence.objects if evidence.layout.members else (),
        several=_several(evidence),
        strings=_strings(evidence),
        build=read_build_facts(library.folders[-1] if library.folders else None, evidence.selection),
    )
    used = tuple(_with_name(text, evidence.paths) for text in found.evidence)
    return dataclasses.replace(found, file=library.shown, evidence=used)


def _several(evidence: LibraryEvidence) -> dict[str, tuple[str, ...]]:
    """The symbols that several objects of the archive define. They need time and memory, and only owners need them."""
    from opsieve.size.archive_index import several_definitions

    path = evidence.archive
    if path is None or evidence.asked:
        return several_definitions(path, evidence.objects) if path is not None else {}
    return _if_it_fits(lambda: several_definitions(path, evidence.objects)) or {}


def _strings(evidence: LibraryEvidence) -> dict[bytes, tuple[str, ...]]:
    """The strings of the objects that were linked, where their archive is there."""
    from opsieve.size.archive_strings import strings_of_objects

    if evidence.archive is None or evidence.link_map is None:
        return {}
    linked = {row.object for row in evidence.link_map.contributions if row.size}
    return strings_of_objects(evidence.archive, evidence.objects, linked)


def _folders(file: Path) -> tuple[Path, ...]:
    """Where a build's other files are: in the same folder, or one up from its stripped copies."""
    return (file.parent, file.parent / "..") if file.absolute().parent.name == _STRIPPED else (file.parent,)


def _maps(library: LibraryFile) -> Iterator[Path]:
    file = library.path
    names = dict.fromkeys((f"{file.name}.map", f"{file.stem}.map", f"{file.stem.removeprefix('lib')}.map"))
    for folder in library.folders:
        for name in names:
            yield folder / name


def _if_it_fits(read: Callable[[], _Found]) -> _Found | None:
    """What nobody asked for does no harm when it is of something else."""
    try:
        return read()
    except OpsieveError as error:
        warn(f"not used: {error.message}")
        return None


def _with_name(text: str, names: dict[str, Path | None]) -> str:
    path = next((path for start, path in names.items() if text.startswith(start)), None)
    return f"{text}: {path.name}" if path is not None else text
