"""Tells which linker wrote a map, by how it begins."""

from __future__ import annotations

import re

# Bytes at the beginning of a file that are looked at.
HEAD = 1 << 16

# GNU ld and gold begin alike where there is something to say before the map itself: see opsieve.size.maps.read.
GNU = "GNU ld"
LLD = "lld"
LD64 = "ld64"

_STARTS = (
    (LLD, re.compile(rb"^ *VMA +LMA +Size +Align Out ", re.M)),
    (LD64, re.compile(rb"^# (?:Path|Object files):", re.M)),
    (
        GNU,
        re.compile(
            rb"^(?:Archive member included |Allocating common symbols|Discarded input sections|Memory Configuration"
            rb"|Merging program properties|As-needed library included |Linker script and memory map|Memory map)",
            re.M,
        ),
    ),
)


def linker_of(head: bytes) -> str | None:
    """Which linker wrote a map that begins so; of gold's too, "GNU ld". None when it is no map."""
    for linker, start in _STARTS:
        if start.search(head[:HEAD]):
            return linker
    return None
