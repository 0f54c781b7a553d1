"""Linker maps: which objects were linked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.size.link_map import LINKER
from opsieve.size.maps import read_link_map


@dataclass(frozen=True, slots=True)
class LinkerMap:
    """``linker`` as people call it; ``objects`` those of which something is in memory when the output runs.

    An object of an archive has its name there, another its path.
    """

    linker: str
    objects: frozenset[str]


def read_map(path: Path) -> LinkerMap:
    """What a map says.

    Raises:
        OpsieveError: it is damaged, or no object is named in it.
    """
    link_map = read_link_map(path)
    # An object that has no other than empty sections is not in the output, whatever it left in debug information.
    names = {row.object for row in link_map.contributions if row.size and row.loaded} - {LINKER}
    if not names:
        raise OpsieveError(f"{path}: a linker map of {link_map.linker} that names no object with anything in it")
    return LinkerMap(link_map.linker, frozenset(map(_name, names)))


def _name(owner: str) -> str:
    """``member`` of ``archive(member)``."""
    archive, found, member = owner.rpartition("(")
    return member[:-1] if archive and found and owner.endswith(")") else owner
