"""Owners, sources and symbols: every byte is in one row, however few rows there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsieve.size.attribution import KERNEL, RUNTIME, Attribution, Owner, Part
from opsieve.size.page.grouping import Group, fold, groups
from page.attributions import library, of, older


def _sums(found: list[Group]) -> tuple[int, int, int, int]:
    leaves = [leaf for group in found for unit in group.units for leaf in unit.leaves]
    return (
        sum(leaf.file_size for leaf in leaves),
        sum(leaf.loaded_size for leaf in leaves),
        sum(leaf.file_before for leaf in leaves),
        sum(leaf.loaded_before for leaf in leaves),
    )


def test_sums_are_the_files() -> None:
    after = library(owners=200, parts=3000)
    before = older(after)
    assert _sums(groups(after, before)) == (
        after.file_size,
        after.loaded_size,
        before.file_size,
        before.loaded_size,
    )


_NAMES = st.sampled_from(["", "a", "b", "c", "long/name.cc"])
_PARTS = st.lists(
    st.builds(
        Part,
        st.just(0),
        st.integers(0, 5000),
        st.integers(0, 5000),
        _NAMES,
        _NAMES,
        _NAMES,
        _NAMES,
        st.integers(0, 3),
    ),
    max_size=60,
)
_OWNERS = (Owner("one", KERNEL), Owner("two", KERNEL), Owner("three", RUNTIME), Owner("one", RUNTIME))


@given(_PARTS, _PARTS, st.integers(1, 20_000))
def test_folding_loses_no_byte(after: list[Part], before: list[Part], threshold: int) -> None:
    found = groups(of(*after, owners=_OWNERS), of(*before, owners=_OWNERS))
    expected = (
        sum(part.file_size for part in after),
        sum(part.loaded_size for part in after),
        sum(part.file_size for part in before),
        sum(part.loaded_size for part in before),
    )
    assert _sums(found) == expected
    folded = fold(found, threshold)
    assert _sums(folded) == expected
    assert sum(group.count for group in folded) == len(found)


def test_small_symbols_are_summed_by_their_source() -> None:
    parts = [Part(0, size, size, ".text", "", "a.cc", f"f{size}", 0) for size in (1, 2, 3, 500)]
    (group,) = fold(groups(of(*parts, owners=_OWNERS)), 100)
    (unit,) = group.units
    assert [(leaf.symbol, leaf.file_size, leaf.count, leaf.folded) for leaf in unit.leaves] == [
        ("f500", 500, 1, False),
        ("", 6, 3, True),
    ]


def test_a_single_small_symbol_keeps_its_name() -> None:
    parts = [Part(0, size, size, ".text", "", "a.cc", f"f{size}", 0) for size in (1, 500)]
    (group,) = fold(groups(of(*parts, owners=_OWNERS)), 100)
    assert [leaf.symbol for leaf in group.units[0].leaves] == ["f500", "f1"]


def test_owners_of_the_two_files_are_the_same_by_name() -> None:
    part = Part(0, 10, 10, ".text", "", "a.cc", "f", 0)
    after = of(part, owners=(Owner("x", KERNEL, ("New",)),))
    before = of(part, owners=(Owner("x", KERNEL, ("Old",)),))
    (group,) = groups(after, before)
    assert group.facts.ops == ("New",)
    (leaf,) = group.units[0].leaves
    assert (leaf.file_size, leaf.file_before) == (10, 10)


def _objects(digest: str) -> Attribution:
    name = f"core-{digest}/tensorflow/a.cc.{digest}.o"
    return of(Part(0, 10, 10, ".text", name, "", "f", 0), owners=_OWNERS)


def test_objects_are_the_same_without_their_digests() -> None:
    (group,) = groups(_objects("0123456789abcdef"), _objects("fedcba9876543210"))
    assert [unit.name for unit in group.units] == ["core/tensorflow/a.cc.o"]
