"""How the code of two files differs where both have the same owners."""

from __future__ import annotations

from dataclasses import dataclass

from opsieve.size.attribution import FORMAT, KERNEL, OP, UNATTRIBUTED, Attribution
from opsieve.size.compare.baseline import Baseline
from opsieve.size.compare.moves import code_sizes

# Of these the models decide; or they are nobody's.
_LEFT_OUT = (KERNEL, OP, FORMAT, UNATTRIBUTED)
_LEAST_CODE = 32
_GREW = 1.01
_MOST_OWNERS = 0.6
_LEAST_OWNERS = 3
_SOME_OWNERS = 0.3
_MOST_KEPT = 0.9
# Of the growth of code, so much can be functions that inlining brought or took.
_BY_FUNCTIONS = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of ``owners`` that both files have, kernels apart. ``code_grew`` and ``functions_grew`` are new over old.

    ``kept``: of the functions that both files have by name, the share whose size is the same; None where functions are
    not known by name. ``growth``: of all code of owners that no model asks for, in bytes.
    """

    owners: int
    owners_grown: int
    owners_with_more: int
    code_grew: float
    functions_grew: float
    growth: int
    kept: float | None

    @property
    def alike(self) -> bool:
        """Whether code grew everywhere."""
        if self.kept is not None and self.kept >= _MOST_KEPT:
            return False
        return self.owners_grown >= max(_MOST_OWNERS * self.owners, _LEAST_OWNERS)

    @property
    def same_functions(self) -> bool:
        """Whether that is not because there are more functions."""
        return self.functions_grew - 1 <= _BY_FUNCTIONS * (self.code_grew - 1)

    @property
    def more_functions(self) -> bool:
        """Whether there are more, and those of before are what they were."""
        if self.kept is not None and self.kept < _MOST_KEPT:
            return False
        return self.owners_with_more >= max(_SOME_OWNERS * self.owners, _LEAST_OWNERS)


def evidence(
    old: Baseline, new: Baseline, old_parts: Attribution | Baseline, new_parts: Attribution | Baseline
) -> Evidence | None:
    """None where functions are not known, or nothing can be compared."""
    before = {
        (row.owner.kind, row.owner.name): (row.code_size, row.functions)
        for row in old.owners
        if row.owner.kind not in _LEFT_OUT and row.code_size and row.functions and row.code_size >= _LEAST_CODE
    }
    rows = [
        (*before[row.owner.kind, row.owner.name], row.code_size, row.functions)
        for row in new.owners
        if (row.owner.kind, row.owner.name) in before and row.code_size and row.functions
    ]
    if not rows:
        return None
    return Evidence(
        owners=len(rows),
        owners_grown=sum(now > _GREW * (was or 0) for was, _, now, _ in rows),
        owners_with_more=sum(now > (was or 0) for _, was, _, now in rows),
        code_grew=sum(now for _, _, now, _ in rows) / sum(was or 0 for was, _, _, _ in rows),
        functions_grew=sum(now for _, _, _, now in rows) / sum(was or 0 for _, was, _, _ in rows),
        growth=_code(new) - _code(old),
        kept=_kept(old_parts, new_parts),
    )


def _code(baseline: Baseline) -> int:
    return sum(row.code_size or 0 for row in baseline.owners if row.owner.kind not in _LEFT_OUT)


def _kept(old: Attribution | Baseline, new: Attribution | Baseline) -> float | None:
    if not isinstance(old, Attribution) or not isinstance(new, Attribution):
        return None
    before, after = code_sizes(old), code_sizes(new)
    both = before.keys() & after.keys()
    return sum(before[name][0] == after[name][0] for name in both) / len(both) if both else None
