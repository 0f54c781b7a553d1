"""Two files as the page compares them: with their parts, or where one has none, by their owners."""

from __future__ import annotations

from opsieve.size.attribution import Attribution, Part
from opsieve.size.compare.baseline import Baseline, baseline_of

_NO_SYMBOLS = "symbols not known"
_SAID = "sizes of owners alone, as baselines and reports keep them"


def comparable_sides(old: Attribution | Baseline, new: Attribution | Baseline) -> tuple[Attribution, Attribution, bool]:
    """Both with an equal depth, and whether that is down to symbols.

    Of a baseline or report only the owners are known; against one of these a built file counts by its owners too, or
    each of its symbols would be shown as new.
    """
    if isinstance(old, Attribution) and isinstance(new, Attribution):
        return old, new, True
    return _by_owner(old), _by_owner(new), False


def _by_owner(side: Attribution | Baseline) -> Attribution:
    baseline = side if isinstance(side, Baseline) else baseline_of(side)
    parts = []
    offset = 0
    for number, row in enumerate(baseline.owners):
        name = row.owner.name
        parts.append(Part(offset, row.file_size, row.loaded_size, "", "", name, _NO_SYMBOLS, number))
        offset += row.file_size
    return Attribution(
        file=baseline.file,
        kind=baseline.kind,
        machine=baseline.machine,
        file_size=baseline.file_size,
        loaded_size=baseline.loaded_size,
        owners=tuple(row.owner for row in baseline.owners),
        parts=tuple(parts),
        evidence=(*baseline.evidence, _SAID),
        build=baseline.build,
    )
