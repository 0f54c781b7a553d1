"""The file that has the symbols of a stripped one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

from opsieve.binary.opened import open_file
from opsieve.errors import OpsieveError
from opsieve.size.layout import Layout, Section, Symbol
from opsieve.size.reading.symbols import SIZED

DebugLink = tuple[str, int]
_SYSTEM = Path("/usr/lib/debug")


def beside(path: Path, build_id: str, link: DebugLink | None) -> Iterator[Path]:
    """Where a debug file can be, as gdb looks for it: by its build-id, by the name in .gnu_debuglink."""
    if len(build_id) > 2:
        for folder in (path.parent, path.parent / ".debug", _SYSTEM):
            yield folder / ".build-id" / build_id[:2] / f"{build_id[2:]}.debug"
    names = [f"{path.name}.debug"]
    # A name, and not a path to anywhere.
    if link is not None and link[0] and "/" not in link[0] and link[0] != path.name:
        names.insert(0, link[0])
    for name in names:
        yield path.parent / name
        yield path.parent / ".debug" / name


def mismatch(stripped: Layout, debug: Layout, debug_path: Path, link: DebugLink | None) -> str:
    """Why a file is not the debug file of another; empty when it is."""
    if (stripped.machine, stripped.kind) != (debug.machine, debug.kind):
        return f"it is {debug.kind} for {debug.machine}, and the other {stripped.kind} for {stripped.machine}"
    if stripped.build_id and debug.build_id:
        if stripped.build_id != debug.build_id:
            return f"its build-id is {debug.build_id}, and the other's {stripped.build_id}"
    elif link is not None:
        if zlib.crc32(open_file(debug_path)) != link[1]:
            return "its check sum is another than the one in .gnu_debuglink"
    elif not _places(stripped) <= _places(debug):
        return "neither has a build-id, and their sections differ"
    return "" if debug.symbols and not debug.stripped else "it has no symbols"


def with_symbols(stripped: Layout, debug: Layout) -> Layout:
    """The layout of a file with the symbols of its debug file."""
    numbers = {_place(section): i for i, section in enumerate(stripped.sections) if section.memory_size}
    to = [numbers.get(_place(section)) for section in debug.sections]
    symbols = (
        _moved(symbol, section, stripped.sections[section].kind in SIZED)
        for symbol in debug.symbols
        if (section := to[symbol.section]) is not None
    )
    return replace(stripped, symbols=tuple(sorted(symbols, key=attrgetter("section", "address"))), stripped=False)


def _moved(symbol: Symbol, section: int, sized: bool) -> Symbol:
    """A debug file does not say what its sections were: it has no bytes of them."""
    if section == symbol.section and (symbol.exact or sized):
        return symbol
    size, exact = (symbol.size, symbol.exact) if symbol.exact or sized else (0, True)
    return Symbol(symbol.name, symbol.address, size, section, symbol.kind, symbol.local, exact)


def _places(layout: Layout) -> set[tuple[str, int, int]]:
    """The loaded sections; headers stand elsewhere in each file."""
    return {_place(section) for section in layout.sections if section.memory_size and section.kind != "format"}


def _place(section: Section) -> tuple[str, int, int]:
    return section.name, section.address, section.memory_size


def explain(path: str, debug_path: Path, why: str) -> OpsieveError:
    """What to raise for a debug file that was asked for and is another's."""
    return OpsieveError(
        f"{debug_path}: not the debug file of {path}: {why}",
        hint="give the file that was made by the same link, before it was stripped",
    )
