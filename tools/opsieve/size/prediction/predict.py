"""The size of what would be built for a selection."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from statistics import median

from opsieve.selection.selection import Selection
from opsieve.size.cost.registrations import Registration
from opsieve.size.cost.removal import registrations
from opsieve.size.prediction.table import MeasuredTarget, SizeTable


@dataclass(frozen=True, slots=True)
class Prediction:
    """Sizes in bytes of stripped files. ``error``: a part of them, as was measured on libraries of this target.

    ``fixed``: what of the program is there whatever is selected. ``ops``: what would go without each op alone, the
    largest first; what several share is in none. ``guessed``: kernels that the table does not have; they are taken to
    be like others of their op.
    """

    target: str
    program: int
    library: int
    fixed: int
    error: float
    ops: tuple[tuple[str, int], ...]
    guessed: tuple[Registration, ...]


def predict(selection: Selection, table: SizeTable, target: MeasuredTarget) -> Prediction:
    """What the table says of a selection for one of its targets."""
    wanted = registrations(selection)
    sizes = _Sizes(table)
    guessed = tuple(sorted(what for what in wanted - table.rows.keys() if what.class_text))
    extra = {what: sizes.guess(what) for what in guessed}
    known = wanted & table.rows.keys()
    whole = sizes.sum(known) + sum(extra.values())
    fixed, scale = target.program
    ops: list[tuple[str, int]] = []
    for op in sorted({what.op for what in wanted}):
        left = sizes.sum(what for what in known if what.op != op)
        left += sum(size for what, size in extra.items() if what.op != op)
        ops.append((op, round((whole - left) * scale)))
    ops.sort(key=lambda row: (-row[1], row[0]))
    return Prediction(
        target.name,
        round(fixed + whole * scale),
        round(target.library[0] + whole * target.library[1]),
        fixed,
        target.error,
        tuple(ops),
        guessed,
    )


def table_bytes(selection: Selection, table: SizeTable) -> int:
    """What the table says of a selection's registrations, in bytes of its own target."""
    return _Sizes(table).sum(registrations(selection) & table.rows.keys())


class _Sizes:
    def __init__(self, table: SizeTable) -> None:
        self._rows = table.rows
        numbers = {what: number for number, what in enumerate(table.rows)}
        self._groups: dict[Registration, list[int]] = {what: [] for what in table.rows}
        names = list(numbers)
        for place, (members, _) in enumerate(table.groups):
            for member in members:
                self._groups[names[member]].append(place)
        self._group_sizes = [size for _, size in table.groups]
        self._by_op: dict[str, list[Registration]] = {}
        for what in table.rows:
            if what.class_text:
                self._by_op.setdefault(what.op, []).append(what)

    def sum(self, wanted: Iterable[Registration]) -> int:
        """The small things that kernels of one source share are those of the one that has the most of them."""
        groups: set[int] = set()
        together: dict[str, int] = {}
        size = 0
        for what in wanted:
            source, alone, shared = self._rows[what]
            size += alone
            groups.update(self._groups[what])
            together[source] = max(together.get(source, 0), shared)
        return size + sum(together.values()) + sum(self._group_sizes[place] for place in groups)

    def guess(self, what: Registration) -> int:
        """Half of the others of its op are larger; of an op that has none, half of all kernels."""
        others: Collection[Registration] = self._by_op.get(what.op) or [each for each in self._rows if each.class_text]
        return round(median([self.sum([other]) for other in others])) if others else 0
