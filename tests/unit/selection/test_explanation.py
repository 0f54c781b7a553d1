"""What a selection recorded, put together for one op, kernel class or source file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golden.selections import small
from opsieve.selection.explanation import (
    Lookup,
    Place,
    Step,
    Use,
    absent,
    explain,
    near_names,
    split_rule,
)
from opsieve.selection.select import select
from opsieve.selection.selection import Call, Reason, SelectedKernel, SelectedOp, Selection, Source
from unit.selection.build import FLOAT, INT32, function, index, kernel, model, node, op, ref

_FLOAT = (("T", (FLOAT,)),)


def selection(*kernels: SelectedKernel, ops: tuple[SelectedOp, ...] = (), calls: tuple[Call, ...] = ()) -> Selection:
    return Selection("2.14.0", "tree", {}, (), ops, kernels, (), calls=calls)


def selected(reasons: tuple[Reason, ...], class_text: str = "AddOp<float>", op_name: str = "Add") -> SelectedKernel:
    return SelectedKernel(op_name, class_text, "CPU", {"T": (FLOAT,)}, "kernels/add.cc", 7, reasons)


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        ("", ("", 0)),
        ("and 1 more node", ("", 1)),
        ("and 12 more nodes", ("", 12)),
        ("the runtime lowers it; and 3 more nodes", ("the runtime lowers it", 3)),
        ("and 3 more nodes; listed", ("and 3 more nodes; listed", 0)),
    ],
)
def test_a_rule_and_its_count(rule: str, parts: tuple[str, int]) -> None:
    assert split_rule(rule) == parts


def test_the_way_leads_from_the_main_graph_to_the_function() -> None:
    calls = (Call("m", "outer", "", "call"), Call("m", "inner", "outer", "while"), Call("other", "inner", "", "x"))
    reason = Reason("m", "inner", "add", "and 2 more nodes", _FLOAT)
    add = SelectedOp("Add", (Reason("m", "inner", "add", "and 2 more nodes"),), "ops/math.cc", 3)
    (found,) = explain(selection(selected((reason,)), ops=(add,), calls=calls), "Add")
    (use,) = found.ops
    assert (found.kind, found.selected, use.file, use.line) == ("op", True, "ops/math.cc", 3)
    assert [one.model for one in use.models] == ["m"]
    assert use.models[0].places == (
        Place(
            "inner",
            (Step("", "call"), Step("outer", "while")),
            False,
            (Use("add", 2, "", (Lookup(_FLOAT, (selected((reason,)),)),)),),
        ),
    )


def test_a_function_that_nothing_calls_has_no_way() -> None:
    (found,) = explain(selection(ops=(SelectedOp("Add", (Reason("m", "lonely", "add"),)),)), "Add")
    assert found.ops[0].models[0].places == (Place("lonely", None, False, (Use("add", 0, "", (Lookup((), ()),)),)),)


def test_calls_that_go_in_a_circle_end() -> None:
    calls = (Call("m", "a", "b", "to_a"), Call("m", "b", "a", "to_b"))
    (found,) = explain(
        selection(ops=(SelectedOp("Add", (Reason("m", "a", "add"),)),), calls=calls), "Add", longest_way=3
    )
    (place,) = found.ops[0].models[0].places
    assert place.cut
    assert place.way == (Step("b", "to_a"), Step("a", "to_b"), Step("b", "to_a"))


def test_a_reason_of_the_op_is_told_once() -> None:
    """The kernel's reason says it all; what only the definition is needed for is said beside it."""
    add = SelectedOp("Add", (Reason("m", node="add"), Reason("m", node="sum", rule="the runtime adds it")))
    (found,) = explain(selection(selected((Reason("m", node="add", types=_FLOAT),)), ops=(add,)), "Add")
    (place,) = found.ops[0].models[0].places
    assert [(use.node, use.rule, len(use.lookups[0].kernels)) for use in place.uses] == [
        ("add", "", 1),
        ("sum", "the runtime adds it", 0),
    ]


def test_lookups_of_one_node_are_together() -> None:
    reason = Reason("m", node="add", rule="every kernel that could match: $T is not bound")
    kernels = (selected((reason,), "AddOp<a>"), selected((reason,), "AddOp<b>"))
    add = SelectedOp("Add", (Reason("m", node="add"),))
    (found,) = explain(selection(*kernels, ops=(add,)), "Add")
    (use,) = found.ops[0].models[0].places[0].uses
    assert use.lookups == (Lookup((), kernels),)


@pytest.mark.parametrize(
    "asked", ["BinaryOp<CPUDevice,functor::add<float>>", "BinaryOp<CPUDevice, functor::add<float>>"]
)
def test_a_kernel_class_of_two_ops(asked: str) -> None:
    (found,) = explain(small(), asked)
    assert (found.kind, found.name) == ("class", "BinaryOp<CPUDevice, functor::add<float>>")
    assert [(use.name, [one.model for one in use.models]) for use in found.ops] == [
        ("Add", ["models/classifier.pb"]),
        ("AddV2", ["models/loop"]),
    ]


@pytest.mark.parametrize("asked", ["(CholeskyOp<float>)", "CholeskyOp<float>"])
def test_the_parentheses_of_a_class_do_not_count(asked: str) -> None:
    (found,) = explain(small(), asked)
    assert [use.name for use in found.ops] == ["Cholesky"]


@pytest.mark.parametrize(
    ("asked", "paths"),
    [
        ("tensorflow/core/kernels/cwise_op_add_1.cc", ["tensorflow/core/kernels/cwise_op_add_1.cc"]),
        ("cwise_op_add_1.cc", ["tensorflow/core/kernels/cwise_op_add_1.cc"]),
        (
            "control_flow_ops.cc",
            ["tensorflow/core/kernels/control_flow_ops.cc", "tensorflow/core/ops/control_flow_ops.cc"],
        ),
        ("add_1.cc", []),
        ("", []),
    ],
)
def test_a_file_by_the_last_parts_of_its_path(asked: str, paths: list[str]) -> None:
    found = explain(small(), asked)
    assert [one.name for one in found] == paths
    assert all(one.kind == "file" and one.source is not None for one in found)


def test_a_file_is_explained_by_what_stands_there() -> None:
    kernels, definitions = explain(small(), "control_flow_ops.cc")
    assert [kernel.class_text for kernel in kernels.ops[0].kernels] == ["EnterOp"]
    assert definitions.ops[0].kernels == ()
    assert [use.model for use in definitions.ops[0].models] == ["models/loop"]


def test_a_file_of_another_kind_is_explained_by_its_ops() -> None:
    helper = Source("tensorflow/core/util/helper.cc", "helper", ("Add", "AddV2"))
    whole = replace(small(), sources=(*small().sources, helper))
    (found,) = explain(whole, "helper.cc")
    assert [(use.name, len(use.kernels)) for use in found.ops] == [("Add", 1), ("AddV2", 2)]
    assert helper in explain(whole, "Add")[0].ops[0].sources


def test_what_is_unmet_is_explained_though_not_selected() -> None:
    (found,) = explain(small(), "Softplus")
    assert not found.selected
    assert [one.why for one in found.ops[0].unresolved] == [small().unresolved[0].why]


def test_what_is_not_there_is_looked_up_in_the_index() -> None:
    tree = index(op("Add", "T"), kernel("Add", T=FLOAT), kernel("Add", "GpuAdd", device="GPU"), op("_Arg", system=True))
    found = absent(selection(ops=(SelectedOp("AddV2", ()),)), tree, "Add")
    assert found is not None
    assert (found.kind, found.file, found.line, found.kernels, found.near) == ("op", "ops/add.cc", 1, 1, ("AddV2",))
    by_class = absent(selection(), tree, "AddOp<DT_FLOAT>")
    assert by_class is not None
    assert (by_class.kind, by_class.file) == ("class", "kernels/add.cc")
    by_file = absent(selection(), tree, "add.cc")
    assert by_file is not None
    assert (by_file.kind, by_file.name) == ("file", "kernels/add.cc")
    system = absent(selection(), tree, "_Arg")
    assert system is not None
    assert (found.always, system.always) == (False, True)
    assert absent(selection(), tree, "GpuAdd") is None
    assert absent(selection(), tree, "Sub") is None


def test_near_names_look_alike_whatever_their_case() -> None:
    assert near_names("matmul", {"MatMul", "Conv2D"}) == ("MatMul",)
    assert near_names("Sofmax", set(), {"Softmax", "Add"}) == ("Softmax",)
    assert near_names("x" * 100_000, {"x" * 100_000}) == ()


def test_every_reason_of_a_real_selection_is_told() -> None:
    """Whatever the models, each reason of an op and of its kernels is in the explanation, under its function."""
    tree = index(
        op("Add", "T"), kernel("Add", T=FLOAT), kernel("Add", T=INT32), op("Call", "f"), kernel("Call"), op("NoOp")
    )
    body = function("body", ["T"], node("Add", "a", T="$T"), node("Add", "b", T=INT32))
    one = model(
        node("Add", "x", T=FLOAT), node("Call", "c", calls={"f": ref("body", T=FLOAT)}), functions=[body], path="one"
    )
    two = model(functions=[body], path="two")
    made = select([one, two], tree, source="tree")
    (found,) = explain(made, "Add")
    told = {
        (use.model, place.function, each.node, kernel.class_text)
        for use in found.ops[0].models
        for place in use.places
        for each in place.uses
        for lookup in each.lookups
        for kernel in lookup.kernels
    }
    assert told == {
        (reason.model, reason.function, reason.node, kernel.class_text)
        for kernel in made.kernels
        if kernel.op == "Add"
        for reason in kernel.reasons
    }
    ways = {(use.model, place.function): place.way for use in found.ops[0].models for place in use.places}
    assert ways == {("one", ""): (), ("one", "body"): (Step("", "c"),), ("two", "body"): None}
