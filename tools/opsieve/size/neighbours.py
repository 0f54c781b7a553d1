"""Without a map: whose templates are, told by the code that they lie among.

A linker puts the code of an object together, and that of the objects one after the other. What a header's templates
became has no name of the source that wanted it; its neighbours have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from opsieve.size.attribution import KERNEL, OP, PACKAGE, PROGRAM, RUNTIME, TOOLCHAIN, Owner, Part
from opsieve.size.owners.known import known


@dataclass(slots=True)
class _Anchor:
    """Code of a kernel. ``reach``: how many bytes further."""

    owner: int
    reach: int


def settle(parts: list[Part], owners: Sequence[Owner], is_code: Callable[[Part], bool]) -> int:
    """Give code of header-only packages to the kernels that it lies among; tells how many bytes.

    It lies among a kernel's when that is the next code of a kernel, before it or after, and code of neither another
    package nor a message class is between them.
    """
    places = [number for number, part in enumerate(parts) if part.symbol and is_code(part)]
    before = list(_anchors(parts, owners, places))
    after = list(_anchors(parts, owners, places[::-1]))[::-1]
    settled = 0
    for place, first, last in zip(places, before, after, strict=True):
        part = parts[place]
        owner = owners[part.owner]
        if owner.kind == PACKAGE and owner.name in known().header_only:
            near = [anchor for anchor in (first, last) if anchor is not None]
        elif owner.kind in (RUNTIME, TOOLCHAIN, PROGRAM) and first and last and first.owner == last.owner:
            near = [first]
        else:
            continue
        if near:
            parts[place] = replace(part, owner=min(near, key=lambda anchor: anchor.reach).owner)
            settled += part.file_size
    return settled


def _anchors(parts: Sequence[Part], owners: Sequence[Owner], places: Sequence[int]) -> Iterator[_Anchor | None]:
    """For each place the last kernel's code before it, if nothing else's is between."""
    anchor: _Anchor | None = None
    for place in places:
        part = parts[place]
        owner = owners[part.owner]
        yield _Anchor(anchor.owner, anchor.reach) if anchor is not None else None
        if part.shared:
            # Folded code lies where any of its users does.
            continue
        if owner.kind in (KERNEL, OP):
            anchor = _Anchor(part.owner, 0)
        elif owner.kind in (RUNTIME, TOOLCHAIN, PROGRAM) or owner.name in known().templates:
            if anchor is not None:
                anchor.reach += part.file_size
        else:
            anchor = None
