"""What is known of a built file besides its bytes: given by a user, or found beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
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
class LibraryEvidence:
    """``objects``: the paths that those of ``archive`` had; ``several``: symbols that more than one of them defines.

    ``paths``: where each kind of it was found.
    """

    layout: Layout
    link_map: LinkMap | None
    selection: Selection | None
    objects: tuple[str, ...]
    archive: Path | None
    several: dict[str, tuple[str, ...]]
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
        from opsieve.size.packages import is_package, unpacked_member

        if not is_package(file):
            if self.member is not None:
                raise OpsieveError(f"{file}: not a package (.apk, .aar, .ipa, .zip)", hint="leave out --member")
            return self._of_library(file, str(file))
        if self.member is None:
            return self._of_package(file), None
        with unpacked_member(file, self.member) as path:
            found, selection = self._of_library(path, f"{file}({self.member})")
        return dataclasses.replace(found, file=f"{shown_paths([file])[0]}({self.member})"), selection

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

    def of_library(self, file: Path, name: str) -> LibraryEvidence:
        """What is known of a library or program. ``name``: what the user knows it by.

        Raises:
            OpsieveError: the file, or what was given, cannot be read, or is of another file.
        """
        layout, debug = self._layout(file, name)
        link_map, map_path = self._map(file, layout)
        selection, selection_path = self._selection(file)
        objects = _objects(file)
        archive, several = self._several(file, objects) if link_map is not None else (None, {})
        paths = {"linker map": map_path, "symbols": debug, "selection": selection_path, "archive": archive}
        return LibraryEvidence(layout, link_map, selection, tuple(objects), archive, several, paths)

    def _of_library(self, file: Path, name: str) -> tuple[Attribution, Selection | None]:
        evidence = self.of_library(file, name)
        return attributed(file, evidence), evidence.selection

    def _several(self, file: Path, objects: list[str]) -> tuple[Path | None, dict[str, tuple[str, ...]]]:
        """The archive of what was linked, and the symbols that several of its objects have."""
        from opsieve.size.archive_index import several_definitions

        if self.archive is not None:
            return Path(self.archive), several_definitions(Path(self.archive), objects)
        if objects:
            for path in sorted(_folders(file)[-1].glob("lib*.a")):
                found = _if_it_fits(lambda path=path: several_definitions(path, objects))  # type: ignore[misc]
                if found:
                    return path, found
        return None, {}

    def _layout(self, file: Path, name: str) -> tuple[Layout, Path | None]:
        from opsieve.size.reading import read_layout

        if self.debug_file is not None:
            return read_layout(file, self.debug_file, name=name), Path(self.debug_file)
        layout = read_layout(file, name=name)
        beside = file.absolute().parent.parent / file.name
        if layout.stripped and not layout.members and file.absolute().parent.name == _STRIPPED and beside.is_file():
            found = _if_it_fits(lambda: read_layout(file, beside))
            if found is not None:
                return found, beside
        return layout, None

    def _map(self, file: Path, layout: Layout) -> tuple[LinkMap | None, Path | None]:
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

        for path in _maps(file):
            if path.is_file():
                found = _if_it_fits(lambda path=path: fitting(path))  # type: ignore[misc]
                if found is not None:
                    return found, path
        return None, None

    def _selection(self, file: Path) -> tuple[Selection | None, Path | None]:
        from opsieve.selection.document import read_selection

        if self.selection is not None:
            return read_selection(self.selection)[0], Path(self.selection)
        for folder in _folders(file):
            path = folder / "selection.json"
            if path.is_file():
                found = _if_it_fits(lambda path=path: read_selection(path)[0])  # type: ignore[misc]
                if found is not None:
                    return found, path
        return None, None


def attributed(file: Path, evidence: LibraryEvidence) -> Attribution:
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
        content=open_file(file),
        objects=evidence.objects if evidence.layout.members else (),
        several=evidence.several,
        strings=_strings(evidence),
        build=read_build_facts(_folders(file)[-1], evidence.selection),
    )
    used = tuple(_with_name(text, evidence.paths) for text in found.evidence)
    return dataclasses.replace(found, file=shown_paths([file])[0], evidence=used)


def _strings(evidence: LibraryEvidence) -> dict[bytes, tuple[str, ...]]:
    """The strings of the objects that were linked, where their archive is there."""
    from opsieve.size.archive_strings import strings_of_objects

    if evidence.archive is None or evidence.link_map is None:
        return {}
    linked = {row.object for row in evidence.link_map.contributions if row.size}
    return strings_of_objects(evidence.archive, evidence.objects, linked)


def _folders(file: Path) -> list[Path]:
    """Where a build's other files are: in the same folder, or one up from its stripped copies."""
    return [file.parent, file.parent / ".."] if file.absolute().parent.name == _STRIPPED else [file.parent]


def _maps(file: Path) -> Iterator[Path]:
    names = dict.fromkeys((f"{file.name}.map", f"{file.stem}.map", f"{file.stem.removeprefix('lib')}.map"))
    for folder in _folders(file):
        for name in names:
            yield folder / name


def _objects(file: Path) -> list[str]:
    """The objects that `opsieve build` put into its archive."""
    try:
        return (_folders(file)[-1] / _OBJECTS).read_text(encoding="utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError):
        return []


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
