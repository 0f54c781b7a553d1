"""Two sides of equal depth, for the page."""

from __future__ import annotations

from opsieve.size.compare import baseline_of
from opsieve.size.compare.sides import comparable_sides
from opsieve.size.totals import by_owner
from unit.size.sizes import attribution, kernel_owner

_FOUND = attribution((kernel_owner("AddV2", "float"), "Add()", 1000), (kernel_owner("Mul", "float"), "Mul()", 700))


def test_files_with_parts_are_left_as_they_are() -> None:
    assert comparable_sides(_FOUND, _FOUND) == (_FOUND, _FOUND, True)


def test_against_a_baseline_both_are_owners() -> None:
    for old, new in ((baseline_of(_FOUND), _FOUND), (_FOUND, baseline_of(_FOUND))):
        before, after, deep = comparable_sides(old, new)
        assert not deep
        assert before == after
        assert by_owner(after) == by_owner(_FOUND)
        assert sum(part.file_size for part in after.parts) == after.file_size == _FOUND.file_size
