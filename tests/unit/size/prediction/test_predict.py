"""What a table says of selections."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from opsieve.selection.selection import Reason, SelectedKernel, SelectedOp, Selection, Source
from opsieve.size.cost.registrations import Registration
from opsieve.size.prediction.calibrate import Built, calibrate
from opsieve.size.prediction.measure import make_table
from opsieve.size.prediction.predict import predict, table_bytes
from opsieve.size.prediction.table import MeasuredTarget, SizeTable

_PLAIN = MeasuredTarget("a target", (1000, 1.0), (3000, 2.0), 0.05)
_ADD, _ADD_OP = Registration("Add", "AddOp<float>"), Registration("Add", "")
_MUL, _SUB = Registration("Mul", "MulOp<float>"), Registration("Sub", "SubOp<float>")
_FILES = {_ADD: "binary.cc", _MUL: "binary.cc", _SUB: "other.cc", _ADD_OP: "ops.cc"}
_TABLE = SizeTable(
    "2.14.0",
    "a compiler",
    (_PLAIN,),
    {_ADD: ("binary.cc", 500, 30), _MUL: ("binary.cc", 700, 50), _SUB: ("other.cc", 90, 7), _ADD_OP: ("ops.cc", 11, 0)},
    (((0, 1), 5000), ((1, 2), 200)),
)


def _selection(*wanted: Registration) -> Selection:
    reasons = (Reason("a.pb", node="n"),)
    files = {what: _FILES.get(what, "unknown.cc") for what in wanted}
    return Selection(
        version="2.14.0",
        source="tensorflow",
        defines={},
        models=(),
        ops=tuple(SelectedOp(what.op, reasons, files[what], 1) for what in wanted if not what.class_text),
        kernels=tuple(
            SelectedKernel(what.op, what.class_text, "CPU", {}, files[what], 1, reasons)
            for what in wanted
            if what.class_text
        ),
        sources=tuple(Source(path, "kernel", ()) for path in sorted(set(files.values()))),
    )


def test_nothing_has_no_bytes() -> None:
    found = predict(_selection(), _TABLE, _PLAIN)
    assert (found.program, found.library, found.fixed, found.ops, found.guessed) == (1000, 3000, 1000, (), ())


def test_what_several_need_counts_once() -> None:
    assert table_bytes(_selection(_ADD), _TABLE) == 500 + 30 + 5000
    assert table_bytes(_selection(_ADD, _MUL), _TABLE) == 500 + 700 + 50 + 5000 + 200
    assert table_bytes(_selection(_MUL, _SUB), _TABLE) == 700 + 50 + 90 + 7 + 5000 + 200


def test_sizes_of_a_target() -> None:
    found = predict(_selection(_ADD, _ADD_OP, _MUL), _TABLE, _PLAIN)
    whole = 500 + 11 + 700 + 50 + 5000 + 200
    assert (found.program, found.library) == (1000 + whole, 3000 + 2 * whole)
    # Without Mul the group of both stays.
    assert dict(found.ops) == {"Add": 511, "Mul": 700 + 20 + 200}
    assert found.error == 0.05


def test_a_kernel_that_was_not_measured_is_like_others_of_its_op() -> None:
    new = Registration("Add", "AddOp<double>")
    found = predict(_selection(_ADD, new), _TABLE, _PLAIN)
    assert found.guessed == (new,)
    like = 500 + 30 + 5000
    assert found.program == 1000 + 2 * like
    assert dict(found.ops) == {"Add": 2 * like}


def test_a_kernel_of_an_op_that_was_not_measured_is_like_any() -> None:
    new = Registration("New", "NewOp")
    found = predict(_selection(new, Registration("New", "")), _TABLE, _PLAIN)
    each = sorted((500 + 30 + 5000, 700 + 50 + 5000 + 200, 90 + 7 + 200))
    assert found.guessed == (new,)
    assert found.program == 1000 + each[1]


def test_an_empty_table() -> None:
    table = SizeTable("2.14.0", "nothing", (_PLAIN,), {}, ())
    found = predict(_selection(_ADD, _ADD_OP), table, _PLAIN)
    assert (found.program, found.guessed) == (1000, (_ADD,))


_EVERY = (_ADD, _MUL, _SUB, _ADD_OP)


@given(st.dictionaries(st.frozensets(st.sampled_from(_EVERY), min_size=1), st.integers(1000, 1 << 20), max_size=8))
def test_a_table_of_large_things_forgets_nothing(shared: dict[frozenset[Registration], int]) -> None:
    """Whatever is selected, the table says what the library that was measured says."""
    whole = _selection(*_EVERY)
    table = make_table({frozenset(each): size for each, size in shared.items()}, whole, "a compiler")
    for count in range(len(_EVERY) + 1):
        for wanted in itertools.combinations(_EVERY, count):
            expected = sum(size for needing, size in shared.items() if needing & set(wanted))
            assert table_bytes(_selection(*wanted), table) == expected


def test_what_a_file_has_when_it_starts_is_of_all_that_it_registers() -> None:
    shared = {frozenset({"binary.cc"}): 4000, frozenset({"unknown.cc"}): 9999, frozenset({_SUB, "runtime.cc"}): 2000}
    table = make_table(shared, _selection(*_EVERY), "a compiler")
    assert table_bytes(_selection(_ADD), table) == 4000
    assert table_bytes(_selection(_ADD, _MUL), table) == 4000
    assert table_bytes(_selection(_SUB), table) == 2000


def test_small_things_of_one_source_are_those_of_the_one_that_has_most() -> None:
    shared = {frozenset({_ADD, _MUL}): 100, frozenset({_MUL, _SUB}): 30}
    table = make_table(shared, _selection(*_EVERY), "a compiler")
    assert [table_bytes(_selection(each), table) for each in (_ADD, _MUL, _SUB)] == [100, 130, 30]
    assert table_bytes(_selection(_ADD, _MUL), table) == 130


@given(st.lists(st.integers(1, 1 << 24), min_size=3, max_size=6, unique=True), st.integers(1, 1 << 22), st.booleans())
def test_libraries_on_a_line_are_predicted_as_they_are(sizes: list[int], start: int, steep: bool) -> None:
    slope = 1.5 if steep else 0.5
    built = [Built(2 * size, start + round(2 * size * slope), 2 * start + 2 * size) for size in sizes]
    found = calibrate("a target", built)
    assert found.error <= 0.01
    assert abs(found.program[1] - slope) <= 0.0001
    for each in built:
        # The slope has four decimals.
        assert abs(found.program[0] + found.program[1] * each.table_bytes - each.program) <= 2 + each.table_bytes / 5000
        assert abs(found.library[0] + found.library[1] * each.table_bytes - each.library) <= 2 + each.table_bytes / 5000


def test_the_error_is_that_of_the_library_that_the_others_predict_worst() -> None:
    built = [Built(100, 1100, 1100), Built(200, 1200, 1200), Built(300, 1900, 1300)]
    found = calibrate("a target", built)
    slope = found.program[1]
    starts = [each.program - slope * each.table_bytes for each in built]
    off = [
        abs(sum(starts[:i] + starts[i + 1 :]) / 2 + slope * each.table_bytes - each.program) / each.program
        for i, each in enumerate(built)
    ]
    assert abs(found.error - max(off)) < 0.001
    assert found.error > 0.1


def test_of_one_or_two_libraries_no_error_is_known() -> None:
    one = calibrate("a target", [Built(100, 1100, 2100)])
    assert (one.program, one.library, one.error) == ((1000, 1.0), (2000, 1.0), 1.0)
    assert calibrate("a target", [Built(100, 1100, 2100), Built(300, 1500, 2500)]).error == 1.0
    # Of two equal selections there is no slope.
    assert calibrate("a target", [Built(100, 1100, 2100), Built(100, 1100, 2100)]).program == (1000, 1.0)
