"""What a built file registers costs: how that is found out, by what there is of the file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from opsieve.cli.size_evidence import EvidenceRequest, LibraryEvidence, LibraryFile
    from opsieve.selection.selection import Selection
    from opsieve.size.cost.table import CostOf


@dataclasses.dataclass(frozen=True, slots=True)
class Costs:
    """``basis`` says for people how the costs of ``file`` are known; ``exact`` is false for estimates from owners.

    ``missed``: how many registrations were not found in the objects; ``unexplained``: bytes that nothing is seen to
    need.
    """

    file: str
    file_size: int
    selection: Selection
    of: CostOf
    basis: str
    exact: bool
    missed: int = 0
    unexplained: int = 0


def costs_of(path: Path, request: EvidenceRequest, otherwise: Selection | None = None) -> Costs:
    """The costs in a library or program. ``otherwise``: what it was built from, if nothing beside it tells.

    With the linker's map and the archive of what was linked, found as the linker finds what is not needed; else
    estimated from who owns the bytes.

    Raises:
        OpsieveError: a file cannot be read, or there is no selection.
    """
    with request.library(path) as library:
        return _costs_of(library, request.of_library(library), otherwise)


def _costs_of(library: LibraryFile, evidence: LibraryEvidence, otherwise: Selection | None) -> Costs:
    from opsieve.cli.size_evidence import attributed
    from opsieve.size.cost.by_owners import OwnedCost

    selection = evidence.selection or otherwise
    if selection is None:
        raise OpsieveError(
            f"{library.name}: no selection.json beside it, and it alone tells what is registered for which model",
            hint="name the one that it was built from with --selection FILE",
        )
    if evidence.archive is not None and evidence.link_map is not None and evidence.layout.kind.startswith("ELF"):
        return _linked(library, evidence, selection)
    lacking = "the linker's map" if evidence.link_map is None else "the archive of its objects"
    if not evidence.layout.kind.startswith("ELF"):
        lacking = "objects that can be followed"
    owned = OwnedCost(attributed(library, evidence), selection)
    basis = f"estimated from who owns the bytes, without {lacking}"
    return Costs(library.shown, evidence.layout.file_size, selection, owned, basis, False)


def _linked(library: LibraryFile, evidence: LibraryEvidence, selection: Selection) -> Costs:
    from opsieve.binary import archive
    from opsieve.binary.opened import open_file
    from opsieve.size.cost.exports import exported_names
    from opsieve.size.cost.linked import LinkedCost
    from opsieve.size.cost.objects import archive_objects
    from opsieve.size.reading.limits import Limits

    stored = evidence.archive
    assert stored is not None
    assert evidence.link_map is not None
    members = archive.members(open_file(stored), stored, str(stored), open_file)
    objects = list(archive_objects(members, evidence.objects, Limits()))
    data = open_file(library.path)
    exported = exported_names(data, library.name)
    found = LinkedCost(objects, evidence.layout, evidence.link_map, selection, data, exported)
    basis = f"as its linker would drop what nobody needs, from {len(objects):,} objects of {stored.name}"
    size = evidence.layout.file_size
    return Costs(library.shown, size, selection, found, basis, True, len(found.missed), found.unexplained)


def built_from(path: str, selection: Selection) -> Costs:
    """The costs in a library that was built from a selection.

    Raises:
        OpsieveError: the library cannot be read, or was built from another selection.
    """
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.size.cost.removal import registrations
    from opsieve.size.packages import is_package

    if is_package(path):
        raise OpsieveError(f"{path}: a package, not a library", hint="unpack it, and give the library that you mean")
    costs = costs_of(Path(path), EvidenceRequest(), selection)
    if registrations(costs.selection) != registrations(selection):
        raise OpsieveError(
            f"{path}: was built from another selection, which is beside it",
            hint="give that one with --selection",
        )
    return costs
