"""Which objects have a string: linkers make one of equal strings, and do not tell whose it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from opsieve.binary import archive, elf_tables
from opsieve.binary.opened import open_file
from opsieve.binary.tables import ReadOnce
from opsieve.size.reading.limits import Limits


def strings_of_objects(path: Path, objects: Sequence[str], linked: Collection[str]) -> dict[bytes, tuple[str, ...]]:
    """The strings that a linker merges, with the objects of an archive that have them.

    ``objects``: the paths that the archive's members had, in its order, if they are known; ``linked``: those that
    count.

    Raises:
        OpsieveError: the archive, or an object in it, is damaged.
    """
    members = list(archive.members(open_file(path), path, str(path), open_file))
    labels = archive.full_names([label for label, _ in members], objects)
    limits = Limits()
    found: dict[bytes, dict[str, None]] = {}
    for label, (_, content) in zip(labels, members, strict=True):
        if label in linked and bytes(content[:4]) == elf_tables.MAGIC:
            for text in _strings(content, label, limits):
                found.setdefault(text, {})[label] = None
    return {text: tuple(names) for text, names in found.items()}


def _strings(data: memoryview, name: str, limits: Limits) -> Iterator[bytes]:
    header = elf_tables.read_header(data, name)
    rows = elf_tables.section_rows(data, header, name)
    limits.take_sections(len(rows), name)
    once = ReadOnce(data, name)
    for row in rows:
        if row.flags & elf_tables.ALLOC and row.merged_strings and row.kind == elf_tables.PROGBITS:
            yield from filter(None, bytes(once.slice_of(row.offset, row.size, row.name)).split(b"\0"))
