"""Makes a table of sizes from libraries that were built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from opsieve.binary.names import spaceless
from opsieve.selection.selection import Selection
from opsieve.size.cost.registrations import Registration
from opsieve.size.prediction.table import MeasuredTarget, SizeTable

# What is larger and shared is listed by itself; what is shared by more than this many is as good as always there.
_LISTED = 1000
_MOST_SHARING = 300

Shared = Mapping[frozenset[Registration | str], int]


def make_table(shared: Shared, selection: Selection, basis: str, targets: tuple[MeasuredTarget, ...] = ()) -> SizeTable:
    """The table of one library: what :meth:`opsieve.size.cost.linked.LinkedCost.shared` tells of it."""
    sources = _sources(selection)
    order = sorted(what for what in sources)
    number = {what: place for place, what in enumerate(order)}
    in_source: dict[str, list[Registration]] = {}
    for what, source in sources.items():
        in_source.setdefault(source, []).append(what)
    alone: Counter[Registration] = Counter()
    together: Counter[Registration] = Counter()
    groups: Counter[tuple[int, ...]] = Counter()
    for needing, size in shared.items():
        members = {what for what in needing if isinstance(what, Registration) and what in number}
        for starting in needing:
            if isinstance(starting, str):
                members.update(in_source.get(starting, ()))
        if len(members) == 1:
            alone[members.pop()] += size
        elif len(members) > _MOST_SHARING:
            continue
        elif size >= _LISTED:
            groups[tuple(sorted(number[what] for what in members))] += size
        else:
            together.update(dict.fromkeys(members, size))
    rows = {what: (sources[what], alone[what], together[what]) for what in order}
    return SizeTable(selection.version, basis, targets, rows, tuple(sorted(groups.items())))


def _sources(selection: Selection) -> dict[Registration, str]:
    found = {Registration(kernel.op, spaceless(kernel.class_text)): kernel.file for kernel in selection.kernels}
    found.update({Registration(op.name, ""): op.file for op in selection.ops})
    return found
