"""Puts addresses into the sections of an ELF object, as a linker does; only what leads to literals and functions.

Numbers and formulas are those of the psABI of each processor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from opsieve.binary.state import signed


@dataclass(slots=True)
class Symbols:
    """Addresses by number, names by address, which are Thumb functions, and where functions start."""

    addresses: list[int]
    names: dict[int, str]
    thumb: list[bool]
    functions: set[int]


Row = tuple[int, int, int, int | None]

_X86_64_ABSOLUTE = {1: 8, 10: 4, 11: 4}
_X86_64_RELATIVE = {2: 4, 4: 4, 24: 8}
_GOT = 0x5000_0000


def relocate(machine: str, content: bytearray, start: int, rows: Iterable[Row], symbols: Symbols) -> None:
    """Apply the rows to a section that lies at ``start``; what points outside of it is left alone."""
    apply = {"x86-64": _x86_64, "i386": _i386, "aarch64": _aarch64, "arm": _arm}[machine]
    for place, kind, symbol, addend in rows:
        if place + 4 <= len(content) and symbol < len(symbols.addresses):
            apply(content, place, start + place, kind, symbols.addresses[symbol], addend)


def _number(content: bytearray, place: int, size: int = 4) -> int:
    return int.from_bytes(content[place : place + size], "little")


def _write(content: bytearray, place: int, value: int, size: int = 4) -> None:
    if place + size <= len(content):
        content[place : place + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def _x86_64(content: bytearray, place: int, address: int, kind: int, symbol: int, addend: int | None) -> None:
    value = symbol + (addend or 0)
    if kind in _X86_64_ABSOLUTE:
        _write(content, place, value, _X86_64_ABSOLUTE[kind])
    elif kind in _X86_64_RELATIVE:
        _write(content, place, value - address, _X86_64_RELATIVE[kind])


def _i386(content: bytearray, place: int, address: int, kind: int, symbol: int, addend: int | None) -> None:
    value = symbol + (signed(_number(content, place), 32) if addend is None else addend)
    if kind == 1:
        _write(content, place, value)
    elif kind in (2, 4):
        _write(content, place, value - address)
    elif kind == 9:
        _write(content, place, value - _GOT)
    elif kind == 10:
        _write(content, place, value - symbol + _GOT - address)


def _aarch64(content: bytearray, place: int, address: int, kind: int, symbol: int, addend: int | None) -> None:
    value = symbol + (addend or 0)
    word = _number(content, place)
    if kind == 257:
        _write(content, place, value, 8)
    elif kind in (258, 261):
        _write(content, place, value - (address if kind == 261 else 0))
    elif kind in (275, 276):
        pages = (value & ~0xFFF) - (address & ~0xFFF) >> 12
        _write(content, place, word & 0x9F00001F | (pages & 3) << 29 | (pages >> 2 & 0x7FFFF) << 5)
    elif kind == 274:
        offset = value - address
        _write(content, place, word & 0x9F00001F | (offset & 3) << 29 | (offset >> 2 & 0x7FFFF) << 5)
    elif kind == 277:
        _write(content, place, word & ~(0xFFF << 10) | (value & 0xFFF) << 10)
    elif kind in (278, 284, 285, 286, 299):
        scale = {278: 0, 284: 1, 285: 2, 286: 3, 299: 4}[kind]
        _write(content, place, word & ~(0xFFF << 10) | ((value & 0xFFF) >> scale) << 10)
    elif kind in (282, 283):
        _write(content, place, word & 0xFC000000 | (value - address >> 2) & 0x3FFFFFF)


def _arm(content: bytearray, place: int, address: int, kind: int, symbol: int, addend: int | None) -> None:
    word = _number(content, place)
    thumb = symbol & 1
    if kind in (2, 38):
        _write(content, place, symbol + (signed(word, 32) if addend is None else addend))
    elif kind == 3:
        _write(content, place, symbol + (signed(word, 32) if addend is None else addend) - address)
    elif kind in (28, 29):
        offset = (signed(word, 24) << 2 if addend is None else addend) + symbol - address
        if thumb and kind == 28:
            _write(content, place, 0xFA000000 | (offset & 2) << 23 | offset >> 2 & 0xFFFFFF)
        else:
            _write(content, place, word & 0xFF000000 | offset >> 2 & 0xFFFFFF)
    elif kind in (10, 30):
        _thumb_call(content, place, address, symbol, addend, kind == 10)
    elif kind in (43, 44, 45, 46):
        number = word >> 4 & 0xF000 | word & 0xFFF
        value = symbol + (signed(number, 16) if addend is None else addend) - (address if kind >= 45 else 0)
        number = value >> 16 if kind in (44, 46) else value
        _write(content, place, word & 0xFFF0F000 | (number & 0xF000) << 4 | number & 0xFFF)
    elif kind in (47, 48, 49, 50):
        upper, lower = word & 0xFFFF, word >> 16
        number = (upper & 15) << 12 | (upper & 0x400) << 1 | lower >> 4 & 0x700 | lower & 0xFF
        value = symbol + (signed(number, 16) if addend is None else addend) - (address if kind >= 49 else 0)
        number = value >> 16 if kind in (48, 50) else value
        upper = upper & 0xFBF0 | number >> 12 & 15 | number >> 1 & 0x400
        lower = lower & 0x8F00 | (number & 0x700) << 4 | number & 0xFF
        _write(content, place, lower << 16 | upper)


def _thumb_call(content: bytearray, place: int, address: int, symbol: int, addend: int | None, link: bool) -> None:
    upper, lower = _number(content, place, 2), _number(content, place + 2, 2)
    sign = upper >> 10 & 1
    before = sign << 24 | (lower >> 13 & 1 ^ sign ^ 1) << 23 | (lower >> 11 & 1 ^ sign ^ 1) << 22
    before |= (upper & 0x3FF) << 12 | (lower & 0x7FF) << 1
    offset = (symbol & ~1) + (signed(before, 25) if addend is None else addend) - address
    if link:
        # What is not defined is taken for Thumb code.
        lower |= 0x1000
    sign = offset >> 24 & 1
    first, second = (offset >> 23 & 1 ^ sign) ^ 1, (offset >> 22 & 1 ^ sign) ^ 1
    upper = upper & 0xF800 | sign << 10 | offset >> 12 & 0x3FF
    lower = lower & 0xD000 | first << 13 | second << 11 | offset >> 1 & 0x7FF
    _write(content, place, lower << 16 | upper)
