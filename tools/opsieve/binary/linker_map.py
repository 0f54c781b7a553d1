"""Linker maps: which objects were linked, and which functions of them the map names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from opsieve.errors import OpsieveError

# Lines with a path are not longer; mangled names can be, on lines of their own.
_LONGEST_LINE = 1 << 13

_FILE = r"(?P<file>[^\s()\[\]][^()\[\]\n]*?\.(?:o|obj|lo|pic\.o|a|lib|bc))(?:[(\[](?P<member>[^()\[\]\n]+)[)\]])?"
# GNU ld and gold: " .text.name  0x0000000000001234   0x56 path/libx.a(member.o)"; a long name stands on a line before.
_GNU = re.compile(
    r"^\s(?:\S+)?\s+0x(?P<address>[0-9a-fA-F]+)\s+0x(?P<size>[0-9a-fA-F]+)\s+" + _FILE + r"(?::\(.*\))?\s*$"
)
# lld: "     1234     1234     56     1         path/libx.a(member.o):(.text.name)"
_LLD = re.compile(r"^\s*[0-9a-fA-F]+\s+[0-9a-fA-F]+\s+(?P<size>[0-9a-fA-F]+)\s+\d+\s+" + _FILE + r":\(.*\)\s*$")
# ld64 and ld64.lld: "[  3] path/libx.a(member.o)" below "# Object files:"
_LD64 = re.compile(r"^\[\s*(?P<number>\d+)\]\s+" + _FILE + r"\s*$")
_LD64_SYMBOL = re.compile(r"^0x[0-9a-fA-F]+\s+0x(?P<size>[0-9a-fA-F]+)\s+\[\s*(?P<number>\d+)\]")

_STARTS = (
    (
        "GNU ld",
        re.compile(
            rb"^(?:Archive member included |Memory Configuration|Linker script and)",
            re.M,
        ),
    ),
    ("lld", re.compile(rb"^\s*VMA\s+LMA\s+Size\s+Align Out", re.M)),
    ("ld64", re.compile(rb"^# (?:Path|Object files):", re.M)),
    ("gold", re.compile(rb"^(?:Archive member included because of file|Memory map)", re.M)),
)
_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class LinkerMap:
    """``linker`` as people call it; ``objects`` those of which something is in the output.

    An object of an archive has its name there, another its path.
    """

    linker: str
    objects: frozenset[str]


def linker_of(head: bytes) -> str | None:
    """Which linker wrote a map that begins so; None when it is no map."""
    for linker, start in _STARTS:
        if start.search(head[:_HEAD]):
            return linker
    return None


def read_map(lines: Iterable[str], linker: str, name: str) -> LinkerMap:
    """What a map says.

    Raises:
        OpsieveError: no object is named in it.
    """
    objects: set[str] = set()
    numbered: dict[int, str] = {}
    kept = linker != "GNU ld"
    for line in lines:
        if len(line) > _LONGEST_LINE:
            continue
        if linker == "ld64":
            if (row := _LD64.match(line)) is not None:
                numbered[int(row["number"])] = row["member"] or row["file"]
            elif (symbol := _LD64_SYMBOL.match(line)) is not None and int(symbol["size"], 16):
                objects.add(numbered.get(int(symbol["number"]), ""))
            elif line.startswith("# Dead Stripped Symbols"):
                break
            continue
        if line.startswith(("Linker script and memory map", "Memory map")):
            kept = True
        match = (_LLD if linker == "lld" else _GNU).match(line) if kept else None
        if match is not None and int(match["size"], 16):
            address = match.groupdict().get("address")
            if address is None or int(address, 16):
                objects.add(match["member"] or match["file"])
    objects.discard("")
    if not objects:
        raise OpsieveError(f"{name}: a linker map of {linker} that names no object with anything in it")
    return LinkerMap(linker, frozenset(objects))
