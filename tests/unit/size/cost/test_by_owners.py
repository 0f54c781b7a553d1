"""The estimate from who owns the bytes: what several share goes with the last of them."""

from __future__ import annotations

from collections.abc import Collection

from native.costed_program import FILES, OPS, selection
from opsieve.size.attribution import KERNEL, OP, RUNTIME, Owner
from opsieve.size.cost.by_owners import OwnedCost
from opsieve.size.cost.removal import removal
from opsieve.size.cost.table import cost_of_op, cost_table
from unit.size.sizes import attribution

_LARGE, _PAIR, _SMALL = FILES
_OPS = "tensorflow/core/ops/some_ops.cc"
_ROWS = (
    (Owner("Large/LargeOp<float>", KERNEL, ("Large",), ("LargeOp<float>",)), "float", 1000),
    (Owner("Large/LargeOp<int>", KERNEL, ("Large",), ("LargeOp< int >",)), "int", 300),
    (Owner("shared by Large, Right", KERNEL, ("Large", "Right"), ("LargeOp<int>", "RightOp<int>")), "both", 70),
    (Owner(_PAIR, KERNEL, ("Left", "Right")), "of a source", 20),
    (Owner("definition", OP, ("Large",)), "op", 9),
    (Owner("op_kernel.cc", RUNTIME, ("Large",)), "runtime", 5000),
    (Owner("without ops", KERNEL), "nobody's", 4),
)


def _saved(without: Collection[str]) -> tuple[int, int]:
    costs = OwnedCost(attribution(*_ROWS), selection())
    sizes = costs.saved(removal(selection(), selection([op for op in OPS if op not in without])))
    return sizes.file_size, sizes.loaded_size


def test_an_op_has_its_kernels_and_its_definition() -> None:
    assert _saved(["Large"]) == (1309, 1309)
    assert cost_of_op(OwnedCost(attribution(*_ROWS), selection()), selection(), "Large") == 1309


def test_nothing_goes_with_nothing() -> None:
    assert _saved([]) == (0, 0)
    assert _saved(["Small"]) == (0, 0)


def test_what_is_shared_goes_with_the_last() -> None:
    assert _saved(["Right"]) == (0, 0)
    assert _saved(["Left", "Right"]) == (20, 20)
    assert _saved(["Large", "Right"]) == (1309 + 70, 1309 + 70)


def test_the_runtime_stays() -> None:
    assert _saved(OPS) == (1309 + 70 + 20, 1309 + 70 + 20)


def test_a_source_that_is_not_compiled_takes_all_of_it() -> None:
    helper = Owner(_SMALL, KERNEL)
    costs = OwnedCost(attribution((helper, "helps", 60), *_ROWS), selection())
    without = removal(selection(), selection([op for op in OPS if op != "Small"]))
    assert without.sources == {_SMALL}
    assert costs.saved(without).file_size == 60


def test_the_table_has_the_largest_first() -> None:
    rows = list(cost_table(OwnedCost(attribution(*_ROWS), selection()), selection()))
    assert [(row.dimension, row.name, row.file_size) for row in rows] == [
        ("model", "a.pb", 1399),
        ("model", "b.pb", 0),
        ("op", "Large", 1309),
        ("op", "Left", 0),
        ("op", "Right", 0),
        ("op", "Small", 0),
        # The source of two kernels stays with the one that is left.
        ("dtype", "DT_FLOAT", 1000),
        ("dtype", "DT_INT32", 370),
    ]
    large = next(row for row in rows if row.name == "Large")
    assert (large.ops, large.kernels, large.sources) == (1, 2, 1)
