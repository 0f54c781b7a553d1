"""Tells whether a linker map is of a file."""

from __future__ import annotations

from opsieve.errors import OpsieveError
from opsieve.size.cutting import NAMED
from opsieve.size.layout import Layout
from opsieve.size.link_map import LinkMap

_MATCHING = 0.999


def check_map(layout: Layout, link_map: LinkMap) -> None:
    """Make sure that a map is of a file.

    Raises:
        OpsieveError: it is of another: sections are elsewhere or have other sizes.
    """
    if layout.members:
        raise OpsieveError(f"{layout.path}: {layout.kind} has no linker map", hint="leave out --map")
    lowest: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for row in link_map.contributions:
        if row.loaded and row.size:
            lowest.setdefault(row.section, row.address)
            sizes[row.section] = sizes.get(row.section, 0) + row.size
    loaded = [section for section in layout.sections if section.kind in NAMED and section.memory_size]
    total = sum(section.memory_size for section in loaded)
    same = sum(
        section.memory_size
        for section in loaded
        if lowest.get(section.name) == section.address and sizes[section.name] == section.memory_size
    )
    if same < total * _MATCHING:
        other = next(
            (
                section.name
                for section in loaded
                if (lowest.get(section.name), sizes.get(section.name)) != (section.address, section.memory_size)
            ),
            "",
        )
        raise OpsieveError(
            f"{layout.path}: the linker map is another file's: {other} has another place or size there",
            hint="give the map that was written by the same link",
        )
