"""The sizes of a file by whatever can be compared or limited."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opsieve.size.attribution import PACKAGED, Owner, measures
from opsieve.size.compare.baseline import Baseline
from opsieve.size.compare.comparison import CLASS, DTYPE, KIND, MODEL, OP, OWNER, SECTION, SOURCE
from opsieve.size.totals import Sizes

_OF_OWNERS: dict[str, Callable[[Owner], tuple[str, ...]]] = {
    KIND: lambda owner: (owner.kind,),
    OP: lambda owner: owner.ops,
    CLASS: lambda owner: owner.classes,
    DTYPE: lambda owner: owner.dtypes,
    MODEL: lambda owner: owner.models,
}
# What `strip` takes away. That it also shortens the table of sections' names is not counted: some hundred bytes.
_STRIPPED = (".symtab", ".strtab", ".stab", ".debug_", ".zdebug_", ".gdb_index", ".gnu_debug", "__DWARF,")
_OF_PACKAGES = {OWNER: "file", SECTION: "folder"}
_STRIPPED_TABLES = ("symbol table", "string table")


def sizes_of(baseline: Baseline, dimension: str) -> dict[str, Sizes]:
    """By name. All but owners, whose names are their own only within a kind.

    Of ops, classes, dtypes and models only what no other one has a share in: what would go with it.
    """
    if dimension == SECTION:
        return dict(baseline.sections)
    if dimension == SOURCE:
        return dict(baseline.sources)
    names = _OF_OWNERS[dimension]
    found: dict[str, Sizes] = {}
    for row in baseline.owners:
        its = names(row.owner)
        for name in its:
            total = found.setdefault(name, Sizes())
            if len(its) == 1:
                total.file_size += row.file_size
                total.loaded_size += row.loaded_size
    return found


def stripped_size(baseline: Baseline) -> int:
    """About how large the file is without symbols and debug information, in bytes."""
    return baseline.file_size - removable(baseline.sections)


def dimension_title(dimension: str, baseline: Baseline) -> str:
    """What people call a dimension of such a file."""
    return _OF_PACKAGES.get(dimension, dimension) if baseline.kind == PACKAGED else dimension


def whole_sizes(old: Baseline, new: Baseline) -> list[tuple[str, int, int]]:
    """What people call the sizes of the whole, and what they were and are."""
    in_file, loaded = measures(new.kind)
    rows = [(in_file, old.file_size, new.file_size), (loaded, old.loaded_size, new.loaded_size)]
    if new.kind != PACKAGED:
        rows.append(("without symbols", stripped_size(old), stripped_size(new)))
    return rows


def removable(sections: Iterable[tuple[str, Sizes]]) -> int:
    """The bytes that `strip` takes away."""
    return sum(
        sizes.file_size
        for name, sizes in sections
        if not sizes.loaded_size and (name.startswith(_STRIPPED) or name in _STRIPPED_TABLES)
    )
