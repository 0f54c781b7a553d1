"""What the runtime adds is selected, with that reason, and only where something leads to it."""

from __future__ import annotations

from opsieve.models.usage import OpRequest
from opsieve.selection.runtime import runtime_ops
from opsieve.selection.select import select
from opsieve.tree.index import Attr
from unit.selection.build import FLOAT, INT32, function, index, kernel, model, node, op, ref

TREE = index(
    *(op(name) for name in ("NoOp", "_Send", "Plain")),
    *(op(name, "T") for name in ("Switch", "Merge", "Identity")),
    op("If", Attr("then_branch", "func")),
    kernel("NoOp", device="DEFAULT"),
    kernel("_Send"),
    kernel("_Send", "SendForDefault", device="DEFAULT"),
    kernel("Plain"),
    kernel("If"),
    kernel("Switch", "SwitchOp", T=FLOAT),
    kernel("Switch", "SwitchOp", T=INT32),
    kernel("Switch", "SwitchForGpu", device="GPU"),
    kernel("Switch", "SwitchLabelled", label="special"),
    kernel("Merge"),
    kernel("Identity"),
)


def test_every_graph_gets_what_every_graph_needs() -> None:
    selection = select([model(node("Plain"))], TREE, source="t")
    # _Recv is not of this tree, so its runtime does not make it.
    assert [one.name for one in selection.ops] == ["NoOp", "Plain", "_Send"]
    assert [one.class_text for one in selection.kernels] == ["NoOpOp<>", "PlainOp<>", "_SendOp<>"]
    reasons = {reason.rule for one in selection.kernels for reason in one.reasons}
    assert len(reasons) == 2
    assert "" in reasons
    assert selection.unresolved == ()


def test_control_flow_is_lowered_also_in_function_bodies() -> None:
    library = [function("f", [], node("If", calls={"then_branch": ref("g")})), function("g", [], node("Plain"))]
    selection = select([model(node("f"), functions=library)], TREE, source="t")
    classes = {one.class_text for one in selection.kernels if one.op == "Switch"}
    assert classes == {"SwitchOp"}
    assert {"Merge", "Identity", "If"} <= {one.name for one in selection.ops}
    (first, *_) = (one for one in selection.kernels if one.op == "Switch")
    assert [reason.rule for reason in first.reasons] == ["the runtime lowers If to these"]


def test_a_list_of_ops_is_no_graph() -> None:
    selection = select([model(requests=[OpRequest("Plain")])], TREE, source="t")
    assert [one.name for one in selection.ops] == ["Plain"]


def test_each_rule_is_led_to_by_its_own_ops() -> None:
    def added(*used: str, calls: bool = False) -> set[str]:
        return {op for op, _ in runtime_ops(used, calls)}

    assert added("Add") == {"NoOp", "_Recv", "_Send"}
    assert {"Enter", "Exit", "LoopCond", "NextIteration"} <= added("StatelessWhile")
    assert "_SwitchN" in added("Case")
    assert "IdentityN" in added("Add", calls=True)
    assert not added("If") & {"Enter", "_SwitchN"}
