"""Which objects define a symbol, as an archive's own table for the linker lists it."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path

from opsieve.binary import archive
from opsieve.binary.opened import open_file
from opsieve.errors import OpsieveError

_HEADER = 60
# GNU's tables: how wide their numbers are.
_WIDTHS = {"/": 4, "/SYM64/": 8}


def has_symbols(path: Path) -> bool:
    """Whether a GNU archive lists the symbols of its objects. They are not read.

    Raises:
        OpsieveError: the archive cannot be read or is damaged.
    """
    entries = archive.entries(_opened(path), path, str(path), open_file)
    table = next((entry for entry in entries if entry.label in _WIDTHS), None)
    return table is not None and any(table.content[: _WIDTHS[table.label]])


def _opened(path: Path) -> memoryview:
    data = open_file(path)
    if not archive.is_archive(data):
        raise OpsieveError(f"{path}: no static archive", hint="give the archive of the objects that were linked")
    return data


def several_definitions(path: Path, objects: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
    """The symbols that more than one object of a GNU archive defines, with these objects: templates, inline functions.

    ``objects`` are the archive's, in its order, with the paths that they had; without them, or when they are others,
    they have the names that the archive keeps. An archive without such a table has no symbols.

    Raises:
        OpsieveError: the archive cannot be read or is damaged.
    """
    entries = list(archive.entries(_opened(path), path, str(path), open_file))
    members = [entry for entry in entries if not entry.table]
    labels = archive.full_names([member.label for member in members], objects)
    table = next((entry for entry in entries if entry.label in _WIDTHS), None)
    if table is None:
        return {}
    found: dict[str, dict[str, None]] = {}
    starts = [member.offset for member in members]
    for name, offset in _rows(table, str(path)):
        # The table has where a member's header is.
        number = bisect_right(starts, offset)
        if number < len(labels):
            found.setdefault(name, {})[labels[number]] = None
    return {name: tuple(several) for name, several in found.items() if len(several) > 1}


def _rows(table: archive.Entry, name: str) -> list[tuple[str, int]]:
    width = _WIDTHS[table.label]
    content = bytes(table.content)
    count = int.from_bytes(content[:width], "big")
    start = width * (count + 1)
    if len(content) < width or start > len(content):
        raise OpsieveError(f"{name}: the archive is damaged: its symbol table claims {count} symbols")
    offsets = struct.unpack_from(f">{count}{'I' if width == 4 else 'Q'}", content, width)
    names = content[start:].split(b"\0")
    return [(text.decode("utf-8", "replace"), offset) for text, offset in zip(names, offsets, strict=False)]


def linked_only(found: Mapping[str, tuple[str, ...]], linked: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """The same of the objects that a map names; symbols that only one of those defines are left out."""
    kept = {name: tuple(each for each in several if each in linked) for name, several in found.items()}
    return {name: several for name, several in kept.items() if len(several) > 1}
