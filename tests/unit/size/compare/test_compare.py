"""What changed, and why, as compare() tells it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opsieve.size.attribution import KERNEL, PACKAGE, RUNTIME, Owner
from opsieve.size.compare import Baseline, Change, baseline_of, compare
from opsieve.size.compare.comparison import DIMENSIONS, DTYPE, GONE, GREW, KIND, MODEL, MOVED, NEW, OP, OWNER, SHRANK
from opsieve.size.compare.dimensions import stripped_size
from opsieve.size.totals import Sizes
from unit.size.sizes import ADD, TENSOR, attribution, kernel_owner, lock_with, small

_MUL = kernel_owner("Mul", "float", "b.pb")


def _named(changes: tuple[Change, ...]) -> dict[str, Change]:
    return {change.name: change for change in changes}


def test_nothing_changed() -> None:
    found = compare(small(), small())
    assert (found.changes, found.moves, found.causes, found.growth) == ((), (), (), 0)


def test_each_dimension_tells_what_came_and_went() -> None:
    new = small((_MUL, "Mul::Compute()", 700))
    there = compare(small(), new)
    assert there.growth == 700 + 24
    assert _named(there.of(OWNER))[_MUL.name].status == NEW
    for dimension, name in ((OP, "Mul"), (MODEL, "b.pb"), (OWNER, _MUL.name)):
        change = _named(there.of(dimension))[name]
        assert (change.status, change.growth, change.loaded_growth) == (NEW, 700, 700), dimension
    assert _named(there.of(KIND))[KERNEL].status == GREW
    assert _named(there.of(DTYPE))["DT_FLOAT"].growth == 700
    back = compare(new, small())
    assert _named(back.of(OP))["Mul"].status == GONE
    assert _named(back.of(KIND))[KERNEL].status == SHRANK
    assert [DIMENSIONS.index(change.dimension) for change in there.changes] == sorted(
        DIMENSIONS.index(change.dimension) for change in there.changes
    )


def test_what_ops_share_is_no_single_ones() -> None:
    shared = Owner("shared by AddV2, Mul", KERNEL, ("AddV2", "Mul"), (), ("DT_FLOAT",), ("a.pb", "b.pb"))
    found = compare(small(), small((shared, "Both()", 300)))
    assert [change.growth for change in found.of(OP)] == [0]  # Mul is there, and nothing is its own.
    assert [change.growth for change in found.of(DTYPE)] == [300]


def test_causes_and_the_rest_sum_to_the_growth() -> None:
    old_lock = lock_with(("AddV2", "float", "a.pb", "node A"))
    new_lock = lock_with(("AddV2", "float", "a.pb", "node A"), ("AddV2", "int64", "b.pb", "node C"))
    new = small((kernel_owner("AddV2", "int64", "b.pb"), "Add::Compute64()", 900), (Owner("re2", PACKAGE), "r()", 50))
    found = compare(small(), new, old_lock=old_lock, new_lock=new_lock)
    first = found.causes[0]
    assert (first.what, first.growth, first.certain) == ("dtype-added", 900, True)
    assert first.text == "kernel AddV2/DT_INT64 because model b.pb node C"
    assert sum(cause.growth or 0 for cause in found.causes) == found.growth


def test_locks_of_baselines_are_used() -> None:
    old = small(lock=lock_with(("AddV2", "float", "a.pb", "node A")))
    new = small(
        (_MUL, "Mul::Compute()", 700),
        lock=lock_with(("AddV2", "float", "a.pb", "node A"), ("Mul", "float", "b.pb", "node C")),
    )
    assert compare(old, new).causes[0].text == "op Mul (DT_FLOAT) because model b.pb node C"
    gone = compare(new, old).causes[0]
    assert (gone.what, gone.growth) == ("op-removed", -700)
    assert "b.pb no longer needs it" in gone.text


def test_a_model_of_another_name_is_no_change() -> None:
    old = small(lock=lock_with(("AddV2", "float", "a.pb", "node A")))
    new = small(lock=lock_with(("AddV2", "float", "models/a.pb", "node A")))
    assert compare(old, new).causes == ()


def test_without_locks_owners_tell_what_came() -> None:
    found = compare(small(), small((_MUL, "Mul::Compute()", 700)))
    assert (found.causes[0].what, found.causes[0].growth) == ("op-added", 700)
    found = compare(small(), small((kernel_owner("AddV2", "int64"), "Add::Compute64()", 900)))
    assert (found.causes[0].what, found.causes[0].growth) == ("dtype-added", 900)


@pytest.mark.parametrize("as_baselines", [False, True])
def test_the_same_code_under_another_owner_has_moved(as_baselines: bool) -> None:
    was = attribution((Owner("a.cc", RUNTIME), "f()", 400), (Owner("z.cc", RUNTIME), "g()", 90))
    now = attribution((Owner("b.cc", RUNTIME), "f()", 400), (Owner("z.cc", RUNTIME), "g()", 90))
    found = compare(baseline_of(was), baseline_of(now)) if as_baselines else compare(was, now)
    assert [(move.old, move.new, move.size) for move in found.moves] == [("a.cc", "b.cc", 400)]
    changes = _named(found.of(OWNER))
    assert (changes["a.cc"].status, changes["a.cc"].other) == (MOVED, "b.cc")
    assert (changes["b.cc"].status, changes["b.cc"].other) == (MOVED, "a.cc")


def test_other_code_of_the_same_size_has_not_moved() -> None:
    was = attribution((Owner("a.cc", RUNTIME), "f()", 400))
    now = attribution((Owner("b.cc", RUNTIME), "h()", 400))
    assert compare(was, now).moves == ()


_FLAGS = "-Os -ffunction-sections"
_LINK = "-fuse-ld=lld -Wl,--gc-sections -Wl,--icf=all"


@pytest.mark.parametrize(
    ("name", "value", "what", "text"),
    [
        ("compile flags", "-O2 -ffunction-sections", "optimisation", "-O2 instead of -Os"),
        ("compile flags", "-ffunction-sections", "optimisation", "-O0 instead of -Os"),
        ("compile flags", "-Os -g -ffunction-sections", "compile-flags", "now -g"),
        ("library link flags", "-fuse-ld=lld -Wl,--icf=all", "gc-sections", "without --gc-sections"),
        ("library link flags", "-fuse-ld=lld -Wl,--gc-sections", "icf", "without --icf"),
        ("library link flags", _LINK.replace("lld", "gold"), "link-flags", "now -fuse-ld=gold, no longer -fuse-ld=lld"),
        ("compiler", "clang 19", "compiler", "clang 19 instead of g++ 12"),
        ("tensorflow", "2.15.0", "tensorflow", "TensorFlow 2.15.0 instead of 2.14.0"),
        ("defines", "A=2", "defines", "now A=2, no longer A=1"),
    ],
)
def test_what_builds_say_of_themselves(name: str, value: str, what: str, text: str) -> None:
    build = {
        "tensorflow": "2.14.0",
        "compiler": "g++ 12",
        "compile flags": _FLAGS,
        "library link flags": _LINK,
        "defines": "A=1",
    }
    old = replace(small(), build=tuple(build.items()))
    new = replace(small((Owner(TENSOR, RUNTIME), "Tensor::More()", 30)), build=tuple((build | {name: value}).items()))
    cause = compare(old, new).causes[0]
    assert (cause.what, cause.certain) == (what, True)
    assert text in cause.text
    # That one of them says nothing is no change.
    silent = replace(new, build=())
    assert not any(cause.what == what for cause in compare(old, silent).causes)


def test_symbols_are_apart() -> None:
    whole = small()
    stripped = replace(
        whole,
        file_size=stripped_size(whole),
        owners=tuple(row for row in whole.owners if row.owner.name != ".symtab"),
        sections=tuple(row for row in whole.sections if row[0] != ".symtab"),
    )
    found = compare(stripped, whole)
    assert [(cause.what, cause.growth) for cause in found.causes] == [("symbols", found.growth)]
    assert "not stripped" in found.causes[0].text
    assert "stripped:" in compare(whole, stripped).causes[0].text


def _library(functions: int, size: int, *, fresh: int = 0) -> Baseline:
    """Ten sources; ``fresh``: functions more of each."""
    rows = [
        (Owner(f"tensorflow/core/part{part}.cc", RUNTIME), f"p{part}::f{number}()", size + number)
        for part in range(10)
        for number in range(functions + fresh)
    ]
    return baseline_of(attribution(*rows))


def test_uniform_growth_looks_like_another_optimisation() -> None:
    found = compare(_library(20, 100), _library(20, 115))
    assert [cause.what for cause in found.causes if not cause.certain] == ["optimisation"]
    assert "10 of 10 owners" in found.causes[0].text


def test_more_functions_look_like_garbage() -> None:
    found = compare(_library(20, 100), _library(20, 100, fresh=6))
    assert [cause.what for cause in found.causes if not cause.certain] == ["gc-sections"]
    assert "30% more functions in 10 of 10 owners" in found.causes[0].text


def test_one_owner_that_grew_looks_like_nothing() -> None:
    old = _library(20, 100)
    rows = [
        replace(row, file_size=row.file_size + 9000, code_size=(row.code_size or 0) + 9000, functions=60)
        if row.owner.name.endswith("part3.cc")
        else row
        for row in old.owners
    ]
    new = replace(old, owners=tuple(rows), file_size=old.file_size + 9000)
    assert [cause.what for cause in compare(old, new).causes] == ["rest"]


def test_kernel_classes_that_nobody_selected_are_counted() -> None:
    owner = kernel_owner("AddV2", "float")
    tables = [
        (owner, f"vtable for tensorflow::BinaryOp<Eigen::ThreadPoolDevice, tensorflow::functor::addv2<{t}> >", 40)
        for t in ("float", "double", "int", "long")
    ]
    lock = lock_with(("AddV2", "float", "a.pb", "node A"))
    rows = [(owner, "Add::Compute()", 100)]
    old, new = baseline_of(attribution(*rows, tables[0]), lock), baseline_of(attribution(*rows, *tables), lock)
    assert old.unselected == (0, ())
    assert new.unselected is not None
    assert new.unselected[0] == 3
    cause = compare(old, new).causes[0]
    assert (cause.what, cause.growth, cause.certain) == ("selective-registration", 120, False)
    assert "functor::addv2<double>" in cause.text


def test_sections_are_measured() -> None:
    sections = dict(small().sections)
    assert sections[".text"] == Sizes(6500, 6500)
    assert sections[".symtab"] == Sizes(96, 0)
    assert stripped_size(small()) == 6600
    assert {row.owner.name for row in small().owners} >= {ADD.replace("add<", "addv2<"), TENSOR}
