"""The parts of one or two files as what the page zooms through: kind of owner → owner → source → symbol."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from opsieve.size.attribution import OWNER_KINDS, Attribution, Owner, Part
from opsieve.size.page.names import without_digests

# Of a row that stands for several: it has no name of its own.
FOLDED = ""


@dataclass(slots=True)
class Leaf:
    """Parts of one symbol in one section. Sizes in bytes; ``before`` are the baseline's.

    ``count``: parts, or for a leaf that sums up small symbols (``folded``), those symbols.
    """

    symbol: str
    section: str
    file_size: int = 0
    loaded_size: int = 0
    file_before: int = 0
    loaded_before: int = 0
    count: int = 0
    shared: tuple[str, ...] = ()
    folded: bool = False

    @property
    def weight(self) -> int:
        return max(self.file_size, self.loaded_size, self.file_before, self.loaded_before)


@dataclass(slots=True)
class Unit:
    """What came from one source, or from one object whose source is not known."""

    name: str
    leaves: list[Leaf] = field(default_factory=list)
    count: int = 1
    folded: bool = False
    weight: int = 0


@dataclass(slots=True)
class Group:
    """One owner. ``facts`` is the newer file's word for it, where that has it."""

    facts: Owner
    units: list[Unit] = field(default_factory=list)
    count: int = 1
    folded: bool = False
    weight: int = 0


Row = TypeVar("Row", Leaf, Unit, Group)
_Units = dict[str, dict[tuple[str, str], Leaf]]


def groups(after: Attribution, before: Attribution | None = None) -> list[Group]:
    """The owners of both files, largest first, each with its sources and their symbols, largest first.

    Parts of the two are the same thing when kind, owner, source, symbol and section have the same names.
    """
    owners: dict[tuple[str, str], Owner] = {}
    leaves: dict[tuple[str, str], _Units] = {}
    for part, owner in _parts(after, owners, leaves):
        leaf = _leaf(part, owner)
        leaf.file_size += part.file_size
        leaf.loaded_size += part.loaded_size
        leaf.count += 1
        if part.shared and not leaf.shared:
            leaf.shared = part.shared
    if before is not None:
        for part, owner in _parts(before, owners, leaves):
            leaf = _leaf(part, owner)
            leaf.file_before += part.file_size
            leaf.loaded_before += part.loaded_size
    result = []
    for key, units in leaves.items():
        group = Group(owners[key], [Unit(name, list(found.values())) for name, found in units.items()])
        for unit in group.units:
            unit.leaves.sort(key=lambda leaf: (-leaf.weight, leaf.symbol, leaf.section))
            unit.weight = sum(leaf.weight for leaf in unit.leaves)
        group.units.sort(key=lambda unit: (-unit.weight, unit.name))
        group.weight = sum(unit.weight for unit in group.units)
        result.append(group)
    return sorted(result, key=_group_order)


def fold(found: list[Group], threshold: int) -> list[Group]:
    """The same bytes in fewer rows.

    Symbols below ``threshold`` bytes become one row of their source; sources and owners that are far smaller, one row
    of their owner and of their kind. A single one keeps its name.
    """
    result = []
    for group in found:
        units = []
        for unit in group.units:
            kept, small = _split(unit.leaves, threshold)
            units.append(Unit(unit.name, [*kept, _sum_of(small)] if small else kept, weight=unit.weight))
        kept_units, small_units = _split(units, threshold // 4)
        if small_units:
            kept_units.append(_one_unit(small_units))
        result.append(Group(group.facts, kept_units, weight=group.weight))
    return _fold_groups(result, threshold // 16)


def _parts(
    attribution: Attribution,
    owners: dict[tuple[str, str], Owner],
    leaves: dict[tuple[str, str], _Units],
) -> list[tuple[Part, _Units]]:
    places = []
    for owner in attribution.owners:
        key = (owner.kind, owner.name)
        owners.setdefault(key, owner)
        places.append(key)
    used = {places[number] for number in {part.owner for part in attribution.parts}}
    for key in used:
        leaves.setdefault(key, {})
    return [(part, leaves[places[part.owner]]) for part in attribution.parts if part.file_size or part.loaded_size]


def _leaf(part: Part, units: _Units) -> Leaf:
    found = units.setdefault(part.source or without_digests(part.object) or part.section, {})
    key = (part.symbol, part.section)
    leaf = found.get(key)
    if leaf is None:
        leaf = found[key] = Leaf(part.symbol, part.section)
    return leaf


def _group_order(group: Group) -> tuple[int, str, int, str]:
    kind = group.facts.kind
    known = OWNER_KINDS.index(kind) if kind in OWNER_KINDS else len(OWNER_KINDS)
    return (known, kind, -group.weight, group.facts.name)


def _split(rows: list[Row], threshold: int) -> tuple[list[Row], list[Row]]:
    small = [row for row in rows if row.weight < threshold]
    if len(small) < 2:
        return list(rows), []
    return [row for row in rows if row.weight >= threshold], small


def _sum_of(leaves: list[Leaf]) -> Leaf:
    sections = {leaf.section for leaf in leaves}
    total = Leaf(FOLDED, sections.pop() if len(sections) == 1 else "", folded=True)
    for leaf in leaves:
        total.file_size += leaf.file_size
        total.loaded_size += leaf.loaded_size
        total.file_before += leaf.file_before
        total.loaded_before += leaf.loaded_before
        total.count += leaf.count if leaf.folded else 1
    return total


def _one_unit(units: list[Unit]) -> Unit:
    leaves = [leaf for unit in units for leaf in unit.leaves]
    return Unit(FOLDED, [_sum_of(leaves)], len(units), True, sum(unit.weight for unit in units))


def _fold_groups(found: list[Group], threshold: int) -> list[Group]:
    result = []
    for kind in dict.fromkeys(group.facts.kind for group in found):
        kept, small = _split([group for group in found if group.facts.kind == kind], threshold)
        result += kept
        if small:
            units = [unit for group in small for unit in group.units]
            facts = Owner(FOLDED, kind)
            result.append(Group(facts, [_one_unit(units)], len(small), True, sum(group.weight for group in small)))
    return result
