"""Code and constants of one linked or relocated file, as they would lie in memory."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

# Longer than any op name, class text or attr specification that a registration passes on.
LONGEST_STRING = 4096

Bytes = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes of the file from ``start`` on; ``constants`` where string literals can lie in it."""

    start: int
    content: Bytes
    executable: bool
    constants: bool

    @property
    def end(self) -> int:
        return self.start + len(self.content)


@dataclass(slots=True)
class Image:
    """What is in memory once a file is loaded, as far as it comes from the file.

    ``machine`` is one of the names of :data:`opsieve.binary.machines.MACHINES`. ``initializers`` has the addresses of
    the functions that run when the file is loaded, in their order; on 32-bit ARM the lowest bit says Thumb code.
    ``names`` names functions by address where a relocatable object says them. ``functions`` has the starts of functions
    where the file says them; it may be empty, as code runs without.
    """

    machine: str
    regions: list[Region]
    initializers: tuple[int, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    functions: frozenset[int] = frozenset()
    _starts: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.regions = sorted((region for region in self.regions if len(region.content)), key=lambda r: r.start)
        self._starts = [region.start for region in self.regions]

    def region(self, address: int) -> Region | None:
        """The region that holds an address."""
        found = bisect_right(self._starts, address) - 1
        if found < 0 or address >= self.regions[found].end:
            return None
        return self.regions[found]

    def read(self, address: int, size: int) -> bytes | None:
        """Bytes in memory, or None where the file has not all of them."""
        region = self.region(address)
        if region is None or address + size > region.end:
            return None
        start = address - region.start
        return bytes(region.content[start : start + size])

    def number(self, address: int, size: int) -> int | None:
        """A little-endian number in memory."""
        content = self.read(address, size)
        return None if content is None else int.from_bytes(content, "little")

    def string(self, address: int) -> str | None:
        """The printable text that ends in a NUL at an address; None where there is none, or only its end."""
        region = self.region(address)
        if region is None or not region.constants:
            return None
        start = address - region.start
        piece = bytes(region.content[start : start + 64])
        if b"\0" not in piece:
            piece = bytes(region.content[start : start + LONGEST_STRING])
        text, end, _ = piece.partition(b"\0")
        if not end or not text:
            return None
        try:
            decoded = text.decode()
        except UnicodeDecodeError:
            return None
        return decoded if decoded.isprintable() else None
