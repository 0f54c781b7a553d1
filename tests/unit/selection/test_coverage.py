"""What models need against what is registered: every gap, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from opsieve.models.usage import Model
from opsieve.selection.coverage import Gap, Registered, gaps, index_of_selection, of_selection
from opsieve.selection.document import from_json, to_json
from opsieve.selection.resolve import Resolver
from opsieve.selection.runtime.passes import switches
from opsieve.selection.select import select
from opsieve.tree.index import Attr, Index
from unit.selection.build import FLOAT, INT32, INT64, function, index, kernel, model, node, op

TREE = index(
    op("Add", Attr("T", "type", default=FLOAT)),
    op("Neg", "T"),
    op("NoOp"),
    op("_Arg", "T", system=True),
    *(kernel("Add", T=dtype) for dtype in (FLOAT, INT32)),
    kernel("Add", "LabelledAdd", label="other", T=FLOAT),
    kernel("Add", "BetterAdd", priority=2, T=INT32),
    kernel("Neg", "NegOp", T=FLOAT),
    kernel("Neg", "NegOp", T=INT32),
    kernel("NoOp", device="DEFAULT"),
    kernel("_Arg", "ArgOp", system=True),
)


def found(models: Iterable[Model], tree: Index, registered: Registered) -> tuple[Gap, ...]:
    resolver = Resolver(tree, switches(tree.defines))
    return gaps([resolver.resolve(each) for each in models], tree, registered)


def test_what_a_selection_lists_covers_its_own_models() -> None:
    used = model(
        node("Add", "a"), node("Add", "b", label="other", T=FLOAT), node("Add", "c", T=INT32), node("_Arg", T=FLOAT)
    )
    selection = from_json(to_json(select([used], TREE, source="t")), "s")
    assert found([used], TREE, of_selection(selection)) == ()
    # By itself, read back from its file: defaults, labels and priorities are in it.
    assert found([used], index_of_selection(selection), of_selection(selection)) == ()


def test_a_kernel_that_is_not_registered() -> None:
    registered = Registered({"Add", "NoOp"}, {("Add", "AddOp<DT_FLOAT>"), ("NoOp", "NoOpOp<>")})
    used = model(node("Add", "a", T=FLOAT), node("Add", "c", T=INT32))
    (gap,) = found([used], TREE, registered)
    assert (gap.op, gap.class_text, gap.types, gap.file) == (
        "Add",
        "BetterAdd",
        (("T", (INT32,)),),
        "kernels/add.cc",
    )
    assert [reason.node for reason in gap.reasons] == ["c"]


def test_an_op_without_a_definition_and_system_ops() -> None:
    used = model(node("Neg", "n", T=FLOAT), node("_Arg", "x", T=FLOAT))
    missing = found([used], TREE, Registered({"NoOp"}, {("NoOp", "NoOpOp<>"), ("Neg", "NegOp")}))
    assert [(gap.op, gap.class_text, gap.file) for gap in missing] == [("Neg", "", "ops/neg.cc")]


def test_what_no_tree_could_meet_is_a_gap_too_but_not_in_functions_that_nothing_calls() -> None:
    everything = Registered(set(TREE.ops), {(one.op, one.class_text) for rows in TREE.kernels.values() for one in rows})
    used = model(node("Neg", "n", T=INT64), node("Unknown", "u"))
    assert [(gap.op, gap.types) for gap in found([used], TREE, everything)] == [
        ("Neg", (("T", (INT64,)),)),
        ("Unknown", ()),
    ]
    assert found([model(functions=[function("f", [], node("Unknown"))])], TREE, everything) == ()


NODES = st.lists(
    st.tuples(st.sampled_from(("Add", "Neg")), st.sampled_from((FLOAT, INT32))).map(
        lambda pair: node(pair[0], T=pair[1])
    ),
    max_size=4,
)


@given(NODES, NODES)
def test_the_gaps_are_what_a_new_selection_would_add(old: list[object], new: list[object]) -> None:
    before = select([model(*old)], TREE, source="t")  # type: ignore[arg-type]
    after = select([model(*new)], TREE, source="t")  # type: ignore[arg-type]
    missing = found([model(*new)], TREE, of_selection(before))  # type: ignore[arg-type]
    had, has = of_selection(before), of_selection(after)
    assert {(gap.op, gap.class_text) for gap in missing if gap.class_text} == set(has.kernels) - set(had.kernels)
    assert {gap.op for gap in missing if not gap.class_text} == set(has.ops) - set(had.ops)
