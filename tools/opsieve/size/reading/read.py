"""Tells what a built file is and reads its layout."""

from __future__ import annotations

from pathlib import Path

from opsieve.binary import archive, elf_tables, macho_tables
from opsieve.binary.opened import open_file, refuse
from opsieve.errors import OpsieveError
from opsieve.size.layout import Layout
from opsieve.size.maps.detect import HEAD, linker_of
from opsieve.size.reading import container, elf, macho
from opsieve.size.reading.debug_file import beside, explain, mismatch, with_symbols
from opsieve.size.reading.limits import Limits

_HINT = "give a library, an executable, an object or a static archive"
_DEEPEST = 2


def read_layout(path: str | Path, debug_file: str | Path | None = None, *, name: str | None = None) -> Layout:
    """How the bytes of a built file lie: ELF or Mach-O, one file, or an archive or fat file of them.

    A stripped ELF file gets the symbols of its debug file, the given one or else one that lies where gdb looks for it
    and is of the same link. The sections and sizes are always those of ``path``. ``name`` is what people know it by.

    Raises:
        OpsieveError: the file cannot be read, is damaged, or is something else; or the debug file given is another's.
    """
    path = Path(path)
    data = open_file(path)
    layout = layout_of(data, name or str(path), path)
    if debug_file is not None:
        return _with_given(layout, data, Path(debug_file))
    return _with_found(layout, data, path) if layout.stripped and not layout.members else layout


def layout_of(data: bytes | memoryview, name: str, path: Path | None = None, limits: Limits | None = None) -> Layout:
    """The layout of a built file in memory. ``path`` is where the files of a thin archive are beside.

    Raises:
        OpsieveError: it is damaged, or no built file; the message says what.
    """
    content = memoryview(data)
    layout = _read(content, path or Path(name), name, limits or Limits(), 0)
    if layout is not None:
        return layout
    linker = linker_of(bytes(content[:HEAD]))
    if linker is not None:
        raise OpsieveError(
            f"{name}: a linker map ({linker})", hint="give the file that it was made with, and the map with --map"
        )
    raise refuse(content, name, _HINT)


def _read(data: memoryview, path: Path, name: str, limits: Limits, depth: int) -> Layout | None:
    """Nothing for a file of no known format."""
    if depth > _DEEPEST:
        raise OpsieveError(f"{name}: archives in archives, {depth} deep")

    def member(content: memoryview, label: str) -> Layout | None:
        return _read(content, path, label, limits, depth + 1)

    if bytes(data[:4]) == elf_tables.MAGIC:
        return elf.read(data, name, limits)
    if macho_tables.is_macho(data):
        return macho.read(data, name, limits)
    if macho_tables.is_fat(data):
        return container.read_fat(data, name, member)
    if archive.is_archive(data):
        return container.read_archive(data, path, name, limits, member)
    return None


def _with_given(layout: Layout, data: memoryview, given: Path) -> Layout:
    if layout.members or bytes(data[:4]) != elf_tables.MAGIC:
        raise OpsieveError(f"{layout.path}: {layout.kind} has no debug file", hint="leave out --debug-file")
    debug = layout_of(open_file(given), str(given), given)
    why = mismatch(layout, debug, given, elf.debug_link(data, layout.path))
    if why:
        raise explain(layout.path, given, why)
    return with_symbols(layout, debug)


def _with_found(layout: Layout, data: memoryview, path: Path) -> Layout:
    if bytes(data[:4]) != elf_tables.MAGIC:
        return layout
    link = elf.debug_link(data, layout.path)
    for candidate in beside(path, layout.build_id, link):
        try:
            if candidate.is_file() and not candidate.samefile(path):
                debug = layout_of(open_file(candidate), str(candidate), candidate)
                # Its name alone is no proof.
                proof = link is not None or bool(layout.build_id)
                if proof and not mismatch(layout, debug, candidate, link):
                    return with_symbols(layout, debug)
        except (OpsieveError, OSError, ValueError):
            continue
    return layout
