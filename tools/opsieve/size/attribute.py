"""Gives every byte of a file an owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from opsieve.binary.archive import full_names
from opsieve.binary.demangling import Demangle, demangled
from opsieve.selection.selection import Selection
from opsieve.size.archive_index import linked_only
from opsieve.size.attribution import Attribution, Part
from opsieve.size.cutting import Piece, cut
from opsieve.size.layout import Layout, Section
from opsieve.size.link_map import LinkMap
from opsieve.size.map_check import check_map
from opsieve.size.neighbours import settle
from opsieve.size.owners.owning import Owning
from opsieve.size.parts import PartsOfFile, named_by

_Cuts = list[list[tuple[Section, list[Piece]]]]


def attribute(
    layout: Layout,
    link_map: LinkMap | None = None,
    selection: Selection | None = None,
    *,
    content: memoryview | None = None,
    demangle: Demangle = demangled,
    objects: Sequence[str] = (),
    several: Mapping[str, tuple[str, ...]] | None = None,
    strings: Mapping[bytes, tuple[str, ...]] | None = None,
    build: Iterable[tuple[str, str]] = (),
) -> Attribution:
    """Who owns each byte of a file.

    With a linker map, by the object that it comes from, and that object's source; else by the names of symbols. What
    neither tells is ``unattributed``. With a selection, code of kernels has their ops, classes, dtypes and models.
    ``content``, the file's bytes, lets rows of relocations and exception tables belong to what they are about.
    ``objects``: of an archive, its objects with the paths that they had, which it does not keep. ``several``: symbols
    that several objects of the map define (:func:`opsieve.size.archive_index.several_definitions`); the one that was
    linked belongs to the owners of them all. Without that it belongs to the object that the linker took it from.
    ``strings``: those that the linker merges, with their objects (:mod:`opsieve.size.archive_strings`).
    ``demangle`` gives the readable names of symbols, of those that it can read. ``build`` is passed on.

    Raises:
        OpsieveError: the map is another file's.
    """
    if link_map is not None:
        check_map(layout, link_map)
    files = _with_paths(list(_files(layout, 0, "")), objects)
    cuts = [list(cut(file, link_map if not owner else None)) for file, _, owner in files]
    readable = _readable(cuts, link_map, demangle)
    owning = Owning(selection, lambda name: readable.get(name, name), _symbols(cuts))
    if several and link_map is not None:
        linked = frozenset(row.object for row in link_map.contributions if row.size)
        owning.several = linked_only(several, linked)
    parts: list[Part] = []
    for (file, offset, owner), sections in zip(files, cuts, strict=True):
        inside = content[offset : offset + file.file_size] if content is not None else None
        writer = PartsOfFile(file, offset, owner, link_map, owning, readable, inside, strings)
        parts += writer.parts(sections)
    parts.sort(key=lambda part: part.offset)
    if link_map is None and not layout.members and selection is not None:
        code = {section.name for section in layout.sections if section.kind == "code"}
        settle(parts, owning.all(), lambda part: part.section in code)
    return Attribution(
        file=layout.path,
        kind=layout.kind,
        machine=layout.machine,
        file_size=layout.file_size,
        loaded_size=sum(part.loaded_size for part in parts),
        owners=owning.all(),
        parts=tuple(parts),
        evidence=tuple(_evidence(files, link_map, selection, readable, bool(owning.several))),
        build=tuple(build),
    )


def _files(layout: Layout, offset: int, name: str) -> Iterator[tuple[Layout, int, str]]:
    """Every file in a file, with where it starts, and for an object its name."""
    yield layout, offset, name or (Path(layout.path).name if _is_object(layout) else "")
    for member in layout.members:
        inner = member.path.removeprefix(layout.path) if member.path.startswith(layout.path) else member.path
        yield from _files(member, offset + member.offset, inner.strip("()") if _is_object(member) else "")


def _with_paths(files: list[tuple[Layout, int, str]], objects: Sequence[str]) -> list[tuple[Layout, int, str]]:
    """The files with the objects' paths, if these are they."""
    places = [number for number, (_, _, name) in enumerate(files) if name]
    for number, path in zip(places, full_names([files[number][2] for number in places], objects), strict=True):
        files[number] = (*files[number][:2], path)
    return files


def _is_object(layout: Layout) -> bool:
    return layout.kind.endswith(" object") and not layout.members


def _symbols(cuts: _Cuts) -> set[str]:
    names: set[str] = set()
    for sections in cuts:
        for _, pieces in sections:
            for piece in pieces:
                if piece.symbol:
                    names.add(piece.symbol)
                    names.update(piece.others)
    return names


def _readable(cuts: _Cuts, link_map: LinkMap | None, demangle: Demangle) -> dict[str, str]:
    names = _symbols(cuts)
    if link_map is not None:
        for folded in link_map.folded.values():
            names.update(folded)
        names.update(filter(None, (named_by(row.input_section) for row in link_map.contributions)))
    return demangle(sorted(names))


def _evidence(
    files: list[tuple[Layout, int, str]],
    link_map: LinkMap | None,
    selection: Selection | None,
    readable: dict[str, str],
    several: bool,
) -> Iterator[str]:
    layout = files[0][0]
    if link_map is not None:
        yield f"linker map ({link_map.linker})"
    if layout.members:
        yield "objects"
    if any(file.symbols and not file.stripped for file, _, _ in files):
        yield "symbols"
    elif layout.symbols:
        yield "dynamic symbols"
    if not readable and any(file.symbols for file, _, _ in files):
        yield "no demangler (c++filt)"
    if several:
        yield "archive of the objects"
    if selection is not None:
        yield "selection"
