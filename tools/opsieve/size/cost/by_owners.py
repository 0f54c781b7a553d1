"""The cost of what a file registers, estimated from who owns its bytes, where its objects are not at hand."""

from __future__ import annotations

from opsieve.binary.names import spaceless
from opsieve.selection.selection import Selection
from opsieve.size.attribution import KERNEL, OP, Attribution, Owner
from opsieve.size.cost.registrations import Registration
from opsieve.size.cost.removal import Removal, registrations
from opsieve.size.totals import Sizes


class OwnedCost:
    """What several kernels share goes with the last of them; the runtime stays, even what nobody uses then."""

    def __init__(self, attribution: Attribution, selection: Selection) -> None:
        self._attribution = attribution
        every = registrations(selection)
        self._needs = [_registrations(owner, every) for owner in attribution.owners]
        sources = {source.path for source in selection.sources}
        self._sources = [owner.name if owner.name in sources else "" for owner in attribution.owners]

    def saved(self, removed: Removal) -> Sizes:
        """The bytes of owners for which nothing is left."""
        gone = [
            (bool(needs) and needs <= removed.registrations) or source in removed.sources
            for needs, source in zip(self._needs, self._sources, strict=True)
        ]
        sizes = Sizes()
        for part in self._attribution.parts:
            if gone[part.owner] or (part.source and part.source in removed.sources):
                sizes.file_size += part.file_size
                sizes.loaded_size += part.loaded_size
        return sizes


def _registrations(owner: Owner, every: frozenset[Registration]) -> frozenset[Registration]:
    """Those that an owner is there for."""
    if owner.kind not in (KERNEL, OP) or not owner.ops:
        return frozenset()
    classes = {spaceless(text) for text in owner.classes}
    return frozenset(
        what
        for what in every
        if what.op in owner.ops
        and (
            (what.class_text in classes if classes else what.class_text)
            if owner.kind == KERNEL
            else not what.class_text
        )
    )
