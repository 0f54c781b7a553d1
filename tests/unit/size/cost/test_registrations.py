"""Which references of start-up code register which kernel."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsieve.errors import OpsieveError
from opsieve.size.cost.graph import code_graph
from opsieve.size.cost.registrations import Part, Registered, Registration, registration_parts, start_up
from opsieve.size.reading.limits import Limits
from unit.size.cost.making import Making

_READABLE = {
    "_ZN5AddOpIfEC1Ev": "tensorflow::AddOp<float>::AddOp(tensorflow::OpKernelConstruction*)",
    "_ZN5AddOpIiEC1Ev": "tensorflow::AddOp<int>::AddOp(tensorflow::OpKernelConstruction*)",
    "_ZN6PairOpC1Ev": "tensorflow::PairOp::PairOp(tensorflow::OpKernelConstruction*)",
    "_ZN4SameC1Ev": "tensorflow::Same::Same(tensorflow::OpKernelConstruction*)",
    "_ZN5OtherC1Ev": "tensorflow::Other::Other(tensorflow::OpKernelConstruction*)",
}
_FLOAT, _INT = Registration("Add", "AddOp<float>"), Registration("Add", "AddOp<int>")


def _parts(making: Making, section: int, registered: Registered) -> list[Part]:
    linked = making.made()
    found = registration_parts(linked, start_up(linked, registered), registered, _READABLE)
    assert found.keys() <= {section}
    for parts in found.values():
        place = linked.sections[section]
        assert place is not None
        assert sum(part.size for part in parts) <= place.size
    return found.get(section, [])


def _by_registration(parts: list[Part]) -> dict[tuple[Registration, ...], set[int]]:
    return {part.what: set(part.references) for part in parts}


_ADD = Registered(frozenset(), {"AddOp<float>": {"Add"}, "AddOp<int>": {"Add"}})


def test_the_name_of_an_op_may_be_in_a_register_for_all_of_its_kernels() -> None:
    making = Making()
    start = making.starting()
    making.refer_to_text(start, "Add")
    rows = []
    for text, name in (("AddOp<float>", "_ZN5AddOpIfEC1Ev"), ("AddOp<int>", "_ZN5AddOpIiEC1Ev")):
        made = making.refer(start, making.maker(name))
        rows.append({made, making.refer_to_text(start, text)})
    assert _by_registration(_parts(making, start, _ADD)) == {(_FLOAT,): rows[0], (_INT,): rows[1]}


def test_texts_that_are_nothing_of_the_selection_register_nothing() -> None:
    making = Making()
    start = making.starting()
    making.refer_to_text(start, "Mul")
    making.refer(start, making.maker("_ZN5AddOpIfEC1Ev"))
    making.refer_to_text(start, "MulOp<float>")
    assert _parts(making, start, _ADD) == []


def test_what_runs_not_when_the_file_is_loaded_registers_nothing() -> None:
    making = Making()
    ordinary = making.section(".text.ordinary")
    making.refer_to_text(ordinary, "Add")
    making.refer_to_text(ordinary, "AddOp<float>")
    assert start_up(making.made(), _ADD) == []


def test_what_start_up_code_calls_may_register() -> None:
    """Clang has a function for each registration, and one that calls them all."""
    making = Making()
    first = making.starting()
    inner = making.section(".text.startup.inner")
    making.refer(first, making.symbol("inner", inner), call=True)
    making.refer_to_text(inner, "Add")
    made = making.refer(inner, making.maker("_ZN5AddOpIfEC1Ev"))
    text = making.refer_to_text(inner, "AddOp<float>")
    assert _by_registration(_parts(making, inner, _ADD)) == {(_FLOAT,): {made, text}}


def test_spaces_in_a_class_text_do_not_count() -> None:
    making = Making()
    start = making.starting()
    making.refer_to_text(start, "Add")
    made = making.refer(start, making.maker("_ZN5AddOpIfEC1Ev"))
    text = making.refer_to_text(start, "AddOp< float >")
    assert _by_registration(_parts(making, start, _ADD)) == {(_FLOAT,): {made, text}}


def test_several_ops_of_one_class_are_registered_in_order() -> None:
    registered = Registered(frozenset(), {"PairOp": {"Left", "Right"}})
    making = Making()
    start = making.starting()
    rows = []
    for op in ("Right", "Left"):
        making.refer_to_text(start, op)
        made = making.refer(start, making.maker("_ZN6PairOpC1Ev"))
        rows.append({made, making.refer_to_text(start, "PairOp")})
    # Both have one text, and one may be in a register for both.
    texts = _texts(making, start, "PairOp")
    assert _by_registration(_parts(making, start, registered)) == {
        (Registration("Right", "PairOp"),): rows[0] | texts,
        (Registration("Left", "PairOp"),): rows[1] | texts,
    }


def _texts(making: Making, section: int, text: str) -> set[int]:
    """The numbers of the references to a text."""
    return {
        number
        for number, reference in enumerate(making.references[section])
        if reference.symbol == making._symbol and reference.addend == making._texts[text]
    }


def test_one_mention_for_several_ops_may_be_any_of_them() -> None:
    registered = Registered(frozenset(), {"PairOp": {"Left", "Right"}})
    making = Making()
    start = making.starting()
    for op in ("Left", "Right"):
        making.refer_to_text(start, op)
    making.refer_to_text(start, "PairOp")
    found = _parts(making, start, registered)
    assert [set(part.what) for part in found] == [{Registration("Left", "PairOp"), Registration("Right", "PairOp")}]


@pytest.mark.parametrize("between", [True, False], ids=["twice", "one string for both"])
def test_a_class_that_is_called_like_its_op(between: bool) -> None:
    registered = Registered(frozenset(), {"Same": {"Same"}})
    making = Making()
    start = making.starting()
    making.refer_to_text(start, "Same")
    made = -1
    if between:
        making.refer_to_text(start, "Same")
        making.refer_to_text(start, "something else")
    made = making.refer(start, making.maker("_ZN4SameC1Ev"))
    if between:
        making.refer_to_text(start, "Same")
    found = _parts(making, start, registered)
    assert [part.what for part in found] == [(Registration("Same", "Same"),)]
    assert made in found[0].references


def test_the_first_mention_of_an_op_that_is_a_class_of_another_is_no_kernel() -> None:
    """An op and its class have one text, and another kernel stands between: each is counted once."""
    registered = Registered(frozenset(), {"Same": {"Same"}, "Other": {"More"}})
    making = Making()
    start = making.starting()
    for text in ("Same", "More"):
        making.refer_to_text(start, text)
    other = making.refer(start, making.maker("_ZN5OtherC1Ev"))
    making.refer_to_text(start, "Other")
    same = making.refer(start, making.maker("_ZN4SameC1Ev"))
    making.refer_to_text(start, "Same")
    found = _by_registration(_parts(making, start, registered))
    assert found.keys() == {(Registration("Same", "Same"),), (Registration("More", "Other"),)}
    assert same in found[(Registration("Same", "Same"),)]
    assert other in found[(Registration("More", "Other"),)]


@given(st.permutations(range(6)))
def test_in_a_pool_of_addresses_their_order_says_nothing(order: list[int]) -> None:
    """As 32-bit ARM has them, behind the code: which function makes which kernel is seen by what it refers to."""
    making = Making()
    start = making.starting()
    rows: list[str | int] = ["Add", "AddOp<float>", making.maker("_ZN5AddOpIfEC1Ev")]
    rows += ["Add", "AddOp<int>", making.maker("_ZN5AddOpIiEC1Ev")]
    numbers = [
        making.refer_to_text(start, row) if isinstance(row, str) else making.refer(start, row)
        for row in (rows[place] for place in order)
    ]
    at = dict(zip(order, numbers, strict=True))
    assert _by_registration(_parts(making, start, _ADD)) == {(_FLOAT,): {at[1], at[2]}, (_INT,): {at[4], at[5]}}


def test_a_function_that_only_goes_on_to_another() -> None:
    """Equal functions were made one, which others jump to."""
    making = Making()
    start = making.starting()
    real = making.maker("_ZN5AddOpIiEC1Ev")
    jump = making.section(".text.jump")
    making.refer(jump, real, call=True)
    making.refer_to_text(start, "Add")
    going_on = making.refer(start, making.symbol("jump", jump))
    making.refer_to_text(start, "AddOp<float>")
    direct = making.refer(start, making.maker("_ZN5AddOpIfEC1Ev"))
    making.refer_to_text(start, "AddOp<int>")
    found = _by_registration(_parts(making, start, _ADD))
    assert going_on in found[(_INT,)] or going_on in found[(_FLOAT,)]
    assert direct in found[(_FLOAT,)] or direct in found[(_INT,)]
    assert not found[(_INT,)] & found[(_FLOAT,)]


def test_a_function_that_names_no_class_goes_with_the_nearest() -> None:
    making = Making()
    start = making.starting()
    making.refer_to_text(start, "Add")
    making.refer_to_text(start, "AddOp<float>")
    for _ in range(5):
        making.refer(start, making.symbol("elsewhere", -1, 1), call=True)
    nameless = making.refer(start, making.maker(""))
    text = making.refer_to_text(start, "AddOp<int>")
    assert _by_registration(_parts(making, start, _ADD))[(_INT,)] == {nameless, text}


def test_an_op_definition_has_what_follows_up_to_the_next() -> None:
    registered = Registered({"First", "Second"}, {})
    making = Making()
    start = making.starting()
    before = making.refer(start, making.maker(""))
    rows = []
    for op in ("First", "Second"):
        text = making.refer_to_text(start, op)
        rows.append({text, making.refer(start, making.maker("")), making.refer_to_text(start, f"{op.lower()}: T")})
    found = _by_registration(_parts(making, start, registered))
    assert found == {(Registration("First", ""),): rows[0], (Registration("Second", ""),): rows[1]}
    assert all(before not in row for row in rows)


def test_an_op_whose_name_is_referred_to_by_its_end() -> None:
    """GCC copies the four characters of "NoOp" with one instruction, and has the string's end in a register."""
    registered = Registered({"NoOp", "First"}, {})
    making = Making()
    start = making.starting()
    making.refer_to_text(start, "")
    rows = []
    for op in ("First", "NoOp"):
        text = making.refer_to_text(start, op)
        if op == "NoOp":
            at = making.references[start].pop()
            making.refer(start, at.symbol, at.addend + len(op))
        rows.append({text, making.refer(start, making.maker(""))})
    # What has its start named, too, is not named twice.
    at = making.references[start][1]
    rows[1].add(making.refer(start, at.symbol, at.addend + len("First")))
    found = _by_registration(_parts(making, start, registered))
    assert found == {(Registration("First", ""),): rows[0], (Registration("NoOp", ""),): rows[1]}


@pytest.mark.parametrize("again", [True, False], ids=["named again", "name in a register"])
def test_a_file_may_define_an_op_and_its_kernel(again: bool) -> None:
    """As those of apps do."""
    registered = Registered({"Add", "Other"}, {"AddOp<float>": {"Add"}})
    making = Making()
    start = making.starting()
    defined = making.refer_to_text(start, "Add")
    if again:
        making.refer_to_text(start, "Other")
        making.refer_to_text(start, "Add")
    made = making.refer(start, making.maker("_ZN5AddOpIfEC1Ev"))
    text = making.refer_to_text(start, "AddOp<float>")
    linked = making.made()
    parts = registration_parts(linked, start_up(linked, registered), registered, _READABLE)[start]
    owner = {reference: part.what for part in parts for reference in part.references}
    assert owner[defined] == (Registration("Add", ""),)
    assert (owner[made], owner[text]) == ((_FLOAT,), (_FLOAT,))


# Seconds of the processor; what grew with the square of these numbers took minutes.
_MOST_TIME = 20


def _time_of(making: Making, registered: Registered) -> tuple[float, list[Part]]:
    linked = making.made()
    before = time.process_time()
    starts = start_up(linked, registered)
    found = registration_parts(linked, starts, registered, _READABLE, Limits())
    code_graph([linked], [found])
    return time.process_time() - before, [part for parts in found.values() for part in parts]


def test_many_addresses_of_a_function_that_refers_to_much() -> None:
    making = Making()
    start = making.starting()
    making.refer_to_text(start, "Add")
    making.refer_to_text(start, "AddOp<float>")
    large = making.section(".text.large")
    for number in range(40_000):
        making.refer(large, making.symbol(f"name{number}", -1, 1))
    whole = making.symbol("large", large)
    for number in range(40_000):
        making.refer(start, whole, number)
    taken, parts = _time_of(making, _ADD)
    assert [part.what for part in parts] == [(_FLOAT,)]
    assert len(parts[0].references) == 40_001
    assert taken < _MOST_TIME


def test_many_functions_that_all_go_on_to_one() -> None:
    making = Making()
    start = making.starting()
    making.refer_to_text(start, "Add")
    making.refer_to_text(start, "AddOp<float>")
    making.refer_to_text(start, "AddOp<int>")
    large = making.section(".text.large")
    for number in range(20_000):
        making.refer(large, making.symbol(f"name{number}", -1, 1))
    whole = making.symbol("large", large)
    for number in range(20_000):
        jump = making.section(f".text.jump{number}")
        making.refer(jump, whole, call=True)
        making.refer(start, making.symbol("", jump))
    taken, parts = _time_of(making, _ADD)
    assert {part.what for part in parts} == {(_FLOAT,), (_INT,)}
    assert taken < _MOST_TIME


@pytest.mark.parametrize("many", ["functions", "mentions of one address"])
def test_more_registrations_than_any_real_object_has_are_refused(many: str) -> None:
    making = Making()
    start = making.starting()
    for _ in range(10_000):
        making.refer_to_text(start, "AddOp<float>")
        making.refer_to_text(start, "AddOp<int>")
        if many == "functions":
            making.refer(start, making.maker(""))
    linked = making.made()
    before = time.process_time()
    with pytest.raises(OpsieveError, match=r"^an\.o: start-up code that registers more"):
        registration_parts(linked, start_up(linked, _ADD), _ADD, _READABLE, Limits())
    assert time.process_time() - before < _MOST_TIME


def test_many_references_into_a_long_string() -> None:
    making = Making()
    start = making.starting()
    making.refer_to_text(start, "Add")
    making.refer_to_text(start, "a" * 4_000_000)
    at = making.references[start][-1]
    for number in range(20_000):
        making.refer(start, at.symbol, at.addend + number)
    made = making.refer(start, making.maker("_ZN5AddOpIfEC1Ev"))
    text = making.refer_to_text(start, "AddOp<float>")
    taken, parts = _time_of(making, _ADD)
    assert _by_registration(parts) == {(_FLOAT,): {made, text}}
    assert taken < _MOST_TIME
