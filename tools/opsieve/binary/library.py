"""What a built file is, and the parts of it that can register something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from opsieve.binary.image import Image
from opsieve.binary.linker_map import LinkerMap


@dataclass(frozen=True, slots=True)
class Member:
    """One object of an archive, one architecture of a fat file, or the whole file.

    ``load`` reads what it has in memory. It raises OpsieveError for a damaged file.
    """

    name: str
    machine: str
    size: int
    load: Callable[[], Image] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Library:
    """A built file, and the parts of it.

    ``path`` is as it was given. ``kind`` is for people: "ELF shared library", "static archive of ELF objects", "linker
    map (lld)". ``machine`` is "x86-64", "aarch64", "arm" or "i386", or several of them joined by ", "; it is empty for
    a linker map, which has ``linker_map`` instead of members.
    """

    path: str
    kind: str
    machine: str
    members: tuple[Member, ...]
    linker_map: LinkerMap | None = None
