"""What a linker map says, whichever linker wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field

LINKER = "<linker>"
FILL = "*fill*"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an object put into an output section.

    ``section`` is the output's (".text", "__TEXT,__text"), ``input_section`` the object's (".text._ZN3fooEv"), "" where
    the map does not say it. ``object`` as the map has it: ``a.o``, ``libx.a(b.o)``; of what the linker itself made,
    :data:`LINKER`, and ``input_section`` of alignment between two others, :data:`FILL`. ``file_bytes`` is false for
    memory without bytes in the file (.bss), ``loaded`` is false for bytes of the file that are not in memory (symbol
    tables, debug information). Address and size in bytes; in a section that is not loaded, the address is the offset in
    it.
    """

    section: str
    address: int
    size: int
    object: str
    input_section: str
    file_bytes: bool = True
    loaded: bool = True


@dataclass(frozen=True, slots=True)
class MappedSymbol:
    """A symbol that the map names, mangled or demangled as it stands there; ``contribution`` numbers the map's.

    GNU ld and gold say no sizes: there it is the distance to the contribution's next symbol or its end. Symbols may
    share bytes: aliases, and code that was folded.
    """

    name: str
    address: int
    size: int
    contribution: int


@dataclass(frozen=True, slots=True)
class LinkMap:
    """A whole map. ``linker``: ``GNU ld``, ``gold``, ``lld`` or ``ld64``, whose maps ld64.lld writes, too.

    ``contributions`` in order of address, those of sections that are not loaded after them; what was discarded is not
    in it. Of each output section, their sizes sum to its size. ``folded``: names of symbols whose code was found equal
    to another's and folded into it, by the address that they share (identical code folding). lld's maps do not tell
    them from aliases that the source declares; gold's do not name them.
    """

    linker: str
    contributions: tuple[Contribution, ...]
    symbols: tuple[MappedSymbol, ...] = ()
    folded: dict[int, tuple[str, ...]] = field(default_factory=dict)
