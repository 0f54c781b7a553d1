"""The names that a linked ELF file offers to others."""

from __future__ import annotations

import struct

from opsieve.binary import elf_tables as tables
from opsieve.binary.tables import slice_of
from opsieve.size.reading.limits import Limits
from opsieve.size.reading.symbols import Names


def exported_names(data: memoryview, name: str) -> frozenset[str]:
    """Those that its table for the loader defines.

    Raises:
        OpsieveError: the file is damaged.
    """
    header = tables.read_header(data, name)
    rows = tables.section_rows(data, header, name)
    table = next((row for row in rows if row.kind == tables.DYNSYM and row.link < len(rows)), None)
    if table is None:
        return frozenset()
    layout = tables.SYMBOL[header.wide]
    each = struct.calcsize(layout)
    limits = Limits()
    limits.take_symbols(table.size // each, name)
    texts = rows[table.link]
    names = Names.of(slice_of(data, texts.offset, texts.size, texts.name, name), limits, name)
    content = slice_of(data, table.offset, table.size // each * each, table.name, name)
    found: set[str] = set()
    for fields in struct.iter_unpack(layout, content):
        section = fields[3] if header.wide else fields[5]
        if section and fields[0]:
            found.add(names.at(fields[0]))
    return frozenset(found)
