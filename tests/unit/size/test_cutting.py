"""Pieces cover sections exactly, whatever symbol tables and maps say."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from opsieve.size.attribute import attribute
from opsieve.size.cutting import NOWHERE, cut
from opsieve.size.layout import Layout, Section, Symbol
from opsieve.size.link_map import Contribution, LinkMap, MappedSymbol

_SIZE = 200
_TEXT = Section(".text", "code", 64, _SIZE, 1000, _SIZE)
_BSS = Section(".bss", "zero", 64 + _SIZE, 0, 2000, _SIZE)
_HEADER = Section("ELF header", "format", 0, 64, 0, 0)
_END = Section(".symtab", "symbols", 64 + _SIZE, 36, 0, 0)


def _layout(symbols: tuple[Symbol, ...], *, stripped: bool = False) -> Layout:
    sections = (_HEADER, _TEXT, _BSS, _END)
    return Layout("it.so", "ELF shared library", "x86-64", 300, sections, symbols, stripped)


_SYMBOLS = st.lists(
    st.builds(
        Symbol,
        st.sampled_from(["_ZN10tensorflow1aEv", "b", "c", "_ZN4absl1dEv"]),
        st.integers(1000, 1000 + _SIZE),
        st.integers(0, 60),
        st.just(1),
        st.just("function"),
        st.booleans(),
    ),
    max_size=12,
).map(lambda rows: tuple(sorted(rows, key=lambda s: s.address)))
_TILES = st.lists(st.integers(0, _SIZE), max_size=6).map(lambda ends: sorted({0, *ends, _SIZE}))


def _map(ends: list[int]) -> LinkMap:
    rows = [
        Contribution(_TEXT.name, _TEXT.address + start, end - start, f"{start}.o", f".text.{start}")
        for start, end in itertools.pairwise(ends)
    ]
    zeros = Contribution(_BSS.name, _BSS.address, _SIZE, "0.o", ".bss", file_bytes=False)
    return LinkMap("lld", (*rows, zeros))


@given(_SYMBOLS, st.none() | _TILES)
def test_every_byte_has_one_piece(symbols: tuple[Symbol, ...], ends: list[int] | None) -> None:
    layout = _layout(symbols)
    link_map = _map(ends) if ends else None
    for section, pieces in cut(layout, link_map):
        place = section.address
        for piece in pieces:
            assert piece.start == place
            assert piece.end > place
            place = piece.end
            if link_map is not None and section is _TEXT:
                row = link_map.contributions[piece.contribution]
                assert row.address <= piece.start
                assert piece.end <= row.address + row.size
            elif link_map is None:
                assert piece.contribution == NOWHERE
        assert place == section.address + max(section.file_size, section.memory_size)


@given(_SYMBOLS, st.none() | _TILES)
def test_parts_sum_to_the_file(symbols: tuple[Symbol, ...], ends: list[int] | None) -> None:
    layout = _layout(symbols)
    found = attribute(layout, _map(ends) if ends else None, demangle=lambda names: {})
    place = 0
    for part in found.parts:
        assert part.offset == place
        place += part.file_size
    assert place == layout.file_size
    assert found.loaded_size == sum(section.memory_size for section in layout.sections)


@given(_SYMBOLS)
def test_a_symbol_has_its_bytes_unless_one_before_it_has_them(symbols: tuple[Symbol, ...]) -> None:
    pieces = {section.name: found for section, found in cut(_layout(symbols), None)}[".text"]
    owners = {place: piece.symbol for piece in pieces for place in range(piece.start, piece.end)}
    for place in range(1000, 1000 + _SIZE):
        covering = {s.name for s in symbols if s.address <= place < s.address + s.size}
        assert (owners[place] in covering) if covering else (owners[place] == "")


def test_other_names_of_the_same_bytes_are_kept() -> None:
    rows = tuple(Symbol(name, 1010, 20, 1, "function", False) for name in ("b", "a", "c"))
    pieces = {section.name: found for section, found in cut(_layout(rows), None)}[".text"]
    assert [(piece.symbol, piece.others) for piece in pieces if piece.symbol] == [("a", ("b", "c"))]


def test_a_stripped_file_has_the_maps_symbols() -> None:
    layout = _layout((), stripped=True)
    link_map = _map([0, 50, _SIZE])
    link_map = LinkMap("lld", link_map.contributions, (MappedSymbol("one", 1000, 40, 0),))
    pieces = {section.name: found for section, found in cut(layout, link_map)}[".text"]
    assert [(piece.start, piece.end, piece.symbol) for piece in pieces] == [
        (1000, 1040, "one"),
        (1040, 1050, ""),
        (1050, 1000 + _SIZE, ""),
    ]


def test_zeros_are_in_memory_only() -> None:
    found = attribute(_layout(()), demangle=lambda names: {})
    zeros = [part for part in found.parts if part.section == ".bss"]
    assert [(part.file_size, part.loaded_size) for part in zeros] == [(0, _SIZE)]
