"""What the runtime adds is selected, with that reason, and only where something leads to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.models.usage import Model, OpRequest
from opsieve.selection.match import KernelTable
from opsieve.selection.nodes import NodeResolver
from opsieve.selection.resolve import PLACED
from opsieve.selection.runtime.closure import RuntimeClosure
from opsieve.selection.runtime.passes import parse_switches, passes, switches
from opsieve.selection.runtime.rules import (
    CONSTANT,
    FED_BY,
    KINDS,
    SAME,
    Addition,
    Condition,
    Rule,
    all_rules,
    rules_for,
)
from opsieve.selection.select import select
from opsieve.selection.selection import Selection
from opsieve.tree.index import Attr
from unit.selection.build import FLOAT, INT32, INT64, STRING, function, index, kernel, model, node, op, ref

MOBILE = {"IS_MOBILE_PLATFORM": "1"}
LOWERED = {"_lower_using_switch_merge": True}
TREE = index(
    *(op(name) for name in ("NoOp", "_Send", "Plain")),
    *(op(name, "T") for name in ("Switch", "Merge", "Identity", "Enter", "Exit", "NextIteration")),
    op("LoopCond"),
    op("IdentityN", Attr("T", "list(type)")),
    op("While", Attr("T", "list(type)"), Attr("body", "func")),
    op("If", Attr("Tin", "list(type)"), Attr("Tout", "list(type)"), Attr("then_branch", "func")),
    kernel("NoOp", device="DEFAULT"),
    kernel("_Send"),
    kernel("_Send", "SendForDefault", device="DEFAULT"),
    kernel("Plain"),
    kernel("If"),
    kernel("While"),
    *(kernel("Switch", "SwitchOp", T=dtype) for dtype in (FLOAT, INT32, INT64, "DT_BOOL")),
    kernel("Switch", "SwitchForGpu", device="GPU"),
    kernel("Switch", "SwitchLabelled", label="special"),
    *(kernel(name) for name in ("Merge", "Identity", "IdentityN", "Enter", "Exit", "NextIteration", "LoopCond")),
    defines=MOBILE,
)


def classes(selection: Selection, op_name: str) -> set[tuple[str, ...]]:
    return {one.constraints.get("T", ()) for one in selection.kernels if one.op == op_name}


def test_every_graph_gets_what_every_graph_needs() -> None:
    selection = select([model(node("Plain"))], TREE, source="t")
    # _Recv is not of this tree, so its runtime does not make it.
    assert [one.name for one in selection.ops] == ["NoOp", "Plain", "_Send"]
    assert [one.class_text for one in selection.kernels] == ["NoOpOp<>", "PlainOp<>", "_SendOp<>"]
    assert all(reason.rule for one in selection.kernels if one.op != "Plain" for reason in one.reasons)
    assert selection.unresolved == ()


def test_control_flow_is_lowered_with_the_dtypes_that_flow_through_it() -> None:
    branch = node("If", "if", values=LOWERED, calls={"then_branch": ref("g")}, Tin=(FLOAT, FLOAT), Tout=(STRING,))
    library = [function("f", [], branch), function("g", [], node("Plain"))]
    selection = select([model(node("f"), functions=library)], TREE, source="t")
    assert classes(selection, "Switch") == {(FLOAT,), ("DT_BOOL",)}
    assert {"Merge", "Identity", "IdentityN", "If"} <= {one.name for one in selection.ops}
    (first, _) = (one for one in selection.kernels if one.op == "Switch")
    assert {one.class_text for one in selection.kernels if one.op == "Switch"} == {"SwitchOp"}
    (reason,) = first.reasons
    assert (reason.function, reason.node, reason.rule) == ("f", "if", "the runtime lowers If to these")


def test_what_is_not_marked_is_not_lowered() -> None:
    loop = node("While", T=(FLOAT,))
    assert classes(select([model(loop)], TREE, source="t"), "Enter") == set()
    assert classes(select([model(node("While", values=LOWERED, T=(FLOAT,)))], TREE, source="t"), "Enter") == {()}


def test_a_pass_that_is_off_adds_nothing() -> None:
    loop = model(node("While", values=LOWERED, T=(FLOAT,)))
    selection = select(
        [loop], TREE, source="t", runtime={"lowering": False, "partitioning": False, "constant-folding": False}
    )
    assert [one.name for one in selection.ops] == ["NoOp", "While"]
    assert selection.runtime["lowering"] is False


def test_what_the_runtime_is_certain_to_make_must_have_a_kernel() -> None:
    loop = model(node("While", "w", values=LOWERED, T=(FLOAT, STRING)))
    (unresolved,) = select([loop], TREE, source="t").unresolved
    assert (unresolved.op, unresolved.types) == ("Switch", {"T": (STRING,)})
    assert not unresolved.allowed
    assert unresolved.reasons[0].rule == "the runtime lowers While loops to these"


def test_a_list_of_types_that_is_not_known_takes_every_kernel_and_says_so() -> None:
    body = function("f", ["U"], node("While", "w", values=LOWERED, T="$U"))
    selection = select([model(functions=[body])], TREE, source="t")
    assert len(classes(selection, "Switch")) == 4
    rules = {reason.rule for one in selection.kernels if one.op == "Switch" for reason in one.reasons}
    assert {rule.partition("; ")[2] for rule in rules} == {"every kernel that could match: $U is not bound"}


def test_a_list_of_ops_is_no_graph() -> None:
    selection = select([model(requests=[OpRequest("Plain")])], TREE, source="t")
    assert [one.name for one in selection.ops] == ["Plain"]


def test_what_is_only_placed_needs_its_kernel() -> None:
    whole = model(node("Plain", "a"))
    loaded = Model(whole.path, whole.format, whole.sha256, placed=(node("If", "b"),))
    selection = select([whole, loaded], TREE, source="t")
    (branch,) = (one for one in selection.kernels if one.op == "If")
    assert [reason.rule for reason in branch.reasons] == [PLACED]


# The form of rules, on a tree of three ops.

SMALL = index(
    *(op(name, "T") for name in ("A", "B", "C", "Untyped")),
    *(kernel(name, T=dtype) for name in ("A", "B", "C") for dtype in (FLOAT, INT32)),
    kernel("Untyped"),
)


def rule(when: str, *adds: Addition, **fields: object) -> Rule:
    given: dict[str, object] = {"values": {}, "where": {}, "beside": (), "certain": False, "since": "1.8", "until": ""}
    return Rule("always", frozenset([when]), adds=adds, why=f"because of {when}", **{**given, **fields})  # type: ignore[arg-type]


def added(rules: list[Rule], *nodes: object, present: tuple[str, ...] = ()) -> set[str]:
    closure = RuntimeClosure(NodeResolver(KernelTable(SMALL)), tuple(rules))
    found = model(*nodes)  # type: ignore[arg-type]
    active = closure.of({one.op for one in found.nodes} | set(present), calls_function=False)
    return {
        one.class_text
        for each in found.nodes
        for need in active.of(each, each.types, is_call=False)
        for one in need.match.kernels
    }


def test_one_rule_leads_to_another_and_cycles_end() -> None:
    rules = [rule("A", Addition("B", {"T": ("$T",)})), rule("B", Addition("C", {"T": ("$T",)}), Addition("A", {}))]
    assert added(rules, node("A", T=FLOAT)) == {"BOp<DT_FLOAT>", "COp<DT_FLOAT>", "AOp<DT_FLOAT>", "AOp<DT_INT32>"} | {
        "BOp<DT_INT32>",
        "COp<DT_INT32>",
    }


def test_where_limits_to_types() -> None:
    rules = [rule("A", Addition("B", {"T": ("$T",)}), where={"T": frozenset([FLOAT])})]
    assert added(rules, node("A", T=FLOAT)) == {"BOp<DT_FLOAT>"}
    assert added(rules, node("A", T=INT32)) == set()


def test_beside_asks_for_another_op_that_may_be_added_too() -> None:
    rules = [rule("A", Addition("B", {"T": ("$T",)}), beside=(frozenset(["C"]),))]
    assert added(rules, node("A", T=FLOAT)) == set()
    assert added(rules, node("A", T=FLOAT), present=("C",)) == {"BOp<DT_FLOAT>"}
    rules.append(rule("A", Addition("C", {"T": (INT32,)})))
    assert added(rules, node("A", T=FLOAT)) == {"BOp<DT_FLOAT>", "COp<DT_INT32>"}


def test_several_types_and_elements_of_lists_are_each_looked_up() -> None:
    rules = [rule("A", Addition("B", {"T": ("$T", INT32)}))]
    assert added(rules, node("A", T=(FLOAT, FLOAT))) == {"BOp<DT_FLOAT>", "BOp<DT_INT32>"}
    assert added(rules, node("A", T=())) == {"BOp<DT_INT32>"}
    assert added([rule("A", Addition("Untyped", {"T": ("list $T",)}))], node("A", T=())) == {"UntypedOp<>"}


def added_at(rules: list[Rule], truths: tuple[bool, ...]) -> set[str]:
    """What one A adds, of whose place its conditions' truths are known."""
    closure = RuntimeClosure(NodeResolver(KernelTable(SMALL)), tuple(rules))
    one = node("A", T=FLOAT)
    possible = {condition for condition, holds in zip(closure.conditions("A"), truths, strict=True) if holds}
    active = closure.of({"A"}, calls_function=False, possible={"A": possible})
    needs = active.of(one, one.types, is_call=False, truths=truths)
    return {kernel.op for need in needs for kernel in need.match.kernels}


def test_a_row_asks_for_the_place_of_a_node() -> None:
    rules = [rule("A", Addition("B", {"T": ("$T",)}), conditions=(Condition(SAME), Condition(CONSTANT)))]
    assert added(rules, node("A", T=FLOAT)) == {"BOp<DT_FLOAT>"}
    assert added_at(rules, (True, True)) == {"B"}
    assert added_at(rules, (True, False)) == set()
    assert added_at(rules, (False, True)) == set()


def test_the_place_of_what_is_added_is_not_known_unless_it_is_kept() -> None:
    def lead(**fields: frozenset[str]) -> list[Rule]:
        second = rule("B", Addition("C", {"T": ("$T",)}), conditions=(Condition(SAME),))
        return [rule("A", Addition("B", {"T": ("$T",)}, **fields)), second]

    assert added_at(lead(), ()) == {"B", "C"}
    assert added_at(lead(never=frozenset([SAME])), ()) == {"B"}
    assert added_at(lead(keeps=frozenset([SAME])), (True,)) == {"B", "C"}
    assert added_at(lead(keeps=frozenset([SAME])), (False,)) == {"B"}


def test_fed_by_asks_for_such_an_op_in_the_model() -> None:
    rules = [rule("A", Addition("B", {"T": ("$T",)}), conditions=(Condition(FED_BY, ops=frozenset(["C"])),))]
    assert added(rules, node("A", T=FLOAT)) == set()
    assert added(rules, node("A", T=FLOAT), present=("C",)) == {"BOp<DT_FLOAT>"}


def test_selections_follow_the_inputs_of_nodes() -> None:
    tree = index(
        *(op(name, "T") for name in ("Mul", "Square")),
        op("Placeholder", "dtype"),
        *(kernel(name) for name in ("Mul", "Square", "Placeholder")),
    )
    places = (node("Placeholder", "x", dtype=FLOAT), node("Placeholder", "y", dtype=FLOAT))

    def ops(*inputs: str) -> set[str]:
        product = replace(node("Mul", "m", T=FLOAT), inputs=inputs)
        return {one.name for one in select([model(*places, product)], tree, source="t").ops}

    assert "Square" in ops("x", "x")
    assert "Square" not in ops("x", "y")


def test_rules_that_no_longer_hold() -> None:
    on = dict.fromkeys((one.name for one in passes()), True)
    ended = [one for one in all_rules() if one.until]
    assert not set(ended) & set(rules_for("2.99", on))
    assert set(rules_for("1.8.0", on)) == set(all_rules())


def test_the_rules_are_whole() -> None:
    names = {one.name for one in passes()} | {"always"}
    for one in all_rules():
        assert one.runtime_pass in names
        assert one.adds
        assert one.why.startswith(("the runtime ", "grappler", "tf.data", "SymbolicGradient"))
        for addition in one.adds:
            for text in (text for texts in addition.types.values() for text in texts):
                assert text.startswith(("$", "list $", "DT_")), text
            assert addition.keeps | addition.never <= KINDS
            assert not addition.keeps & addition.never
        assert {condition.kind for condition in one.conditions} <= KINDS
        assert all(condition.ops for condition in one.conditions if condition.kind == FED_BY)


def test_grappler_is_off_where_it_is_compiled_out() -> None:
    assert switches(MOBILE)["grappler"] is False
    assert switches({})["grappler"] is True
    assert switches({}, {"grappler": False})["grappler"] is False
    assert switches(MOBILE)["lowering"] is True
    assert switches({})["several-devices"] is False


def test_switches_as_a_person_writes_them() -> None:
    assert parse_switches(["grappler=off,lowering=on", "gradients=off"]) == {
        "grappler": False,
        "lowering": True,
        "gradients": False,
    }
    for text in ("grappler", "grappler=no", "nothing=on", "=on"):
        with pytest.raises(OpsieveError, match="must be NAME=on or NAME=off") as caught:
            parse_switches([text])
        assert "grappler" in str(caught.value.hint)
    with pytest.raises(OpsieveError, match="both on and off"):
        parse_switches(["grappler=on", "grappler=off"])


def test_every_rule_file_is_read() -> None:
    folder = Path(rules_for.__code__.co_filename).parent
    files = {path.stem for path in folder.glob("*.yaml")}
    assert files == {"passes", "lowering", "rewrites", "gradients", "grappler", "data_optimizers"}


def test_gradients_bring_the_file_that_registers_them() -> None:
    tree = index(*(op(name, "T") for name in ("Neg", "Add")), op("SymbolicGradient"), kernel("Neg"), kernel("Add"))
    plain = select([model(node("Neg", T=FLOAT))], tree, source="t")
    assert "tensorflow/core/ops/math_grad.cc" not in {one.path for one in plain.sources}
    with_gradient = select([model(node("Neg", T=FLOAT), node("SymbolicGradient"))], tree, source="t")
    (found,) = (one for one in with_gradient.sources if one.path == "tensorflow/core/ops/math_grad.cc")
    assert (found.kind, found.reasons) == ("op", ("SymbolicGradient",))


def test_what_is_only_placed_is_lowered_and_not_optimised() -> None:
    tree = index(
        op("While", Attr("T", "list(type)")),
        op("Neg", "T"),
        op("_UnaryOpsComposition", "T"),
        op("Switch", "T"),
        *(op(name, "T") for name in ("Enter", "Exit", "Identity", "Merge", "NextIteration")),
        op("IdentityN", Attr("T", "list(type)")),
        op("LoopCond"),
        *(kernel(name) for name in ("While", "Switch", "_UnaryOpsComposition", "Neg", "Enter", "Exit", "Identity")),
        *(kernel(name) for name in ("Merge", "NextIteration", "IdentityN", "LoopCond")),
    )
    chain = (node("Neg", "a", T=FLOAT), node("Neg", "b", T=FLOAT), node("While", "w", values=LOWERED, T=(FLOAT,)))
    linked = (chain[0], replace(chain[1], inputs=("a",)), chain[2])
    run = select([model(*linked)], tree, source="t")
    assert "_UnaryOpsComposition" in {one.name for one in run.ops}
    placed = select([replace(model(), placed=linked)], tree, source="t")
    assert "_UnaryOpsComposition" not in {one.name for one in placed.ops}
    assert "Switch" in {one.name for one in placed.ops}


def test_grappler_lowers_and_inlines_by_itself() -> None:
    loop = model(node("While", values=LOWERED, T=(FLOAT,)))
    off = {"lowering": False}
    assert classes(select([loop], TREE, source="t", runtime={**off, "grappler": False}), "Enter") == set()
    assert classes(select([loop], TREE, source="t", runtime={**off, "grappler": True}), "Enter") == {()}
