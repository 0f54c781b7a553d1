"""How the bytes of a built file lie: sections and symbols, as its format says them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Section:
    """A section, or what stands for one: a header table, padding that belongs to no section.

    ``kind``: ``code``, ``constants`` (read-only data), ``data``, ``zero`` (memory without bytes in the file),
    ``unwind`` (exception tables), ``dynamic`` (what the loader reads: dynamic symbols, relocations, hashes),
    ``symbols`` (symbol and string tables that are not loaded), ``debug``, ``format`` (headers, notes, code signatures,
    alignment).
    ``offset`` and ``file_size`` are of its bytes in the file, ``address`` and ``memory_size`` of the loaded ones;
    ``memory_size`` is 0 for what is not loaded. In an object file, whose sections have no addresses yet, ``address``
    is 0 in all of them. Sizes in bytes.

    A name is the linker's (``.text``, ``__TEXT,__text``), or for what is no section of the format ``ELF header``,
    ``program headers``, ``section headers``, ``padding``, ``unclaimed`` (bytes of no section that are not filling),
    ``symbol table``, ``archive headers`` and the like. Headers and padding that a segment loads have an address and a
    ``memory_size``. A byte that two sections claim belongs to the one that starts first; the other begins behind it.
    A thread's own zeros (.tbss) have the address of what follows them, as the format says it.
    """

    name: str
    kind: str
    offset: int
    file_size: int
    address: int
    memory_size: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol with a place. ``name`` is as the linker has it (mangled). ``section`` numbers the layout's sections.

    ``size`` in bytes; where the format says none (Mach-O, hand-written assembly), up to the next symbol, and ``exact``
    is false. ``kind``: ``function``, ``object`` or ``other``.

    All of it lies in its section. ``address`` counts from the section's start in an object file; a variable of a thread
    has the address of its first value.
    """

    name: str
    address: int
    size: int
    section: int
    kind: str
    local: bool
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """One linked file or object; for an archive, ``members`` has those of its objects, and ``sections`` the rest.

    ``sections`` are in order of ``offset`` and cover the whole file: their ``file_size`` and those of the members'
    files sum to ``file_size``. ``kind`` and ``machine`` as :class:`opsieve.binary.library.Library` has them.
    ``stripped``: it has no symbols but those that the loader needs, and no debug file gave it any. ``build_id`` in
    hexadecimal digits, "" for none. ``symbols`` are in order of section and address; several can have one address.
    ``offset``: where a member starts in the archive or fat file that it is directly in. A thin archive counts with its
    files, as if they followed it one after the other.
    """

    path: str
    kind: str
    machine: str
    file_size: int
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...] = ()
    stripped: bool = False
    build_id: str = ""
    offset: int = 0
    members: tuple[Layout, ...] = field(default=())
