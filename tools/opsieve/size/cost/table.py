"""What each op, dtype and model costs: the bytes that would go without it alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from opsieve.selection.selection import Selection
from opsieve.size.cost.removal import Removal, removal, without_each, without_op
from opsieve.size.totals import Sizes


class CostOf(Protocol):
    """Tells what goes with what is removed."""

    def saved(self, removed: Removal) -> Sizes:
        """In bytes."""


@dataclass(frozen=True, slots=True)
class CostRow:
    """``dimension`` is ``op``, ``dtype`` or ``model``. Sizes in bytes; what several share is in none of their rows.

    ``ops``, ``kernels`` and ``sources``: how many go.
    """

    dimension: str
    name: str
    file_size: int
    loaded_size: int
    ops: int
    kernels: int
    sources: int


def cost_table(costs: CostOf, selection: Selection) -> Iterator[CostRow]:
    """A row for each op, dtype and model, the largest of each dimension first."""
    rows = [_row(costs, dimension, name, removal(selection, left)) for dimension, name, left in without_each(selection)]
    order = {dimension: number for number, dimension in enumerate(("model", "op", "dtype"))}
    return iter(sorted(rows, key=lambda row: (order[row.dimension], -row.file_size, row.name)))


def cost_of_op(costs: CostOf, selection: Selection, op: str) -> int:
    """The bytes in the file that would go without an op alone."""
    return costs.saved(removal(selection, without_op(selection, op))).file_size


def _row(costs: CostOf, dimension: str, name: str, removed: Removal) -> CostRow:
    sizes = costs.saved(removed)
    kernels = sum(1 for what in removed.registrations if what.class_text)
    return CostRow(
        dimension,
        name,
        sizes.file_size,
        sizes.loaded_size,
        len(removed.registrations) - kernels,
        kernels,
        len(removed.sources),
    )
