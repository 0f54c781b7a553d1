"""What goes when models or ops go, compared with the selection of what is left, made from nothing."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsieve.models.usage import Function, Model, Node, OpRequest
from opsieve.selection.document import from_json, to_json
from opsieve.selection.resolve import Resolver, kernel_key
from opsieve.selection.runtime.passes import switches
from opsieve.selection.select import select
from opsieve.selection.selection import Reason, Selection, Source
from opsieve.selection.what_if import RecordedNodes, agrees, difference, drop_ops, models_with, rest
from unit.selection.build import FLOAT, INT32, function, index, kernel, model, node, op, ref

LOWERED = ("Enter", "Exit", "Identity", "LoopCond", "Merge", "NextIteration", "Switch")
TREE = index(
    op("Add", "T", file="ops/math.cc"),
    op("Sub", "T", file="ops/math.cc"),
    kernel("Add", T=FLOAT, file="kernels/add.cc"),
    kernel("Add", T=INT32, file="kernels/add.cc"),
    kernel("Sub", T=FLOAT, file="kernels/sub.cc"),
    op("While", "T", file="ops/functional.cc"),
    kernel("While", "WhileOp", file="kernels/functional.cc"),
    op("Call", "T"),
    kernel("Call", "CallOp"),
    op("NoOp"),
    kernel("NoOp", "NoOp"),
    op("_Arg", file="ops/function.cc", system=True),
    kernel("_Arg", "ArgOp", file="kernels/function.cc", system=True),
    *(op(name, *(() if name == "LoopCond" else ("T",)), file="ops/control.cc") for name in LOWERED),
    *(kernel(name, f"{name}Op", file="kernels/control.cc") for name in LOWERED),
    defines={"IS_MOBILE_PLATFORM": "1"},
)


def loop(name: str = "loop", *, body: str = "body") -> Node:
    return node("While", name, calls={"body": ref(body)}, values={"_lower_using_switch_merge": True}, T=(FLOAT,))


def plain(*nodes: Node, path: str = "m.pb", functions: Collection[Function] = ()) -> Model:
    return model(*nodes, functions=functions, path=path)


def chosen(*models: Model) -> Selection:
    return select(models, TREE, source="tree")


def without(
    models: Collection[Model], gone: Collection[str] = (), ops: Collection[str] = ()
) -> tuple[Selection, Selection]:
    """A selection, and its rest as the command computes it."""
    resolver = Resolver(TREE, switches(TREE.defines))
    whole = chosen(*models)
    changed = models_with(whole, ops) - set(gone)
    resolved = [resolver.resolve(drop_ops(each, ops)) for each in models if each.path in changed]
    return whole, rest(whole, lambda _, reason: reason.model not in {*gone, *changed}, resolved, gone)


def names(ops: Collection[object]) -> list[str]:
    return [str(getattr(each, "name", getattr(each, "op", getattr(each, "path", "")))) for each in ops]


def test_without_a_model_goes_what_only_it_needs() -> None:
    add = plain(node("Add", "x", T=FLOAT), path="add.pb")
    both = plain(node("Add", "x", T=INT32), node("Sub", "y", T=FLOAT), path="both.pb")
    whole, left = without([add, both], ["both.pb"])
    gone = difference(whole, left)
    assert names(gone.ops) == ["Sub"]
    assert [(one.op, one.constraints) for one in gone.kernels] == [("Add", {"T": (INT32,)}), ("Sub", {"T": (FLOAT,)})]
    assert names(gone.sources) == ["kernels/sub.cc"]
    assert [(one.name, [reason.model for reason in one.reasons]) for one in gone.shared] == [
        ("Add", ["add.pb"]),
        ("NoOp", ["add.pb"]),
    ]


def test_without_an_op_go_its_functions_and_what_the_runtime_adds_for_it() -> None:
    body = function("body", [], node("Sub", "s", T=FLOAT))
    whole, left = without([plain(node("Add", "x", T=FLOAT), loop(), functions=[body])], ops=["While"])
    assert set(names(whole.ops)) == {"Add", "NoOp", "Sub", "While", *LOWERED}
    assert names(left.ops) == ["Add", "NoOp"]
    assert names(left.sources) == [
        *("kernels/add.cc", "kernels/function.cc", "kernels/noop.cc"),
        *("ops/function.cc", "ops/math.cc", "ops/noop.cc"),
    ]
    assert left.calls == ()


def test_an_op_that_the_runtime_adds_stays() -> None:
    whole, left = without([plain(node("Switch", "x", T=FLOAT), loop())], ops=["Switch"])
    assert names(difference(whole, left).ops) == []
    (switch,) = (one for one in left.ops if one.name == "Switch")
    assert switch.reasons == (Reason("m.pb", node="loop", rule="the runtime lowers While loops to these"),)


def test_what_any_graph_needs_stays_even_when_the_graph_is_left_empty() -> None:
    whole, left = without([plain(node("NoOp", "x"))], ops=["NoOp"])
    assert names(difference(whole, left).ops) == []
    assert [reason.node for reason in left.ops[0].reasons] == [""]


def test_a_function_that_is_called_elsewhere_too_stays() -> None:
    body = function("body", [], node("Sub", "s", T=FLOAT))
    call = node("Call", "call", calls={"T": ref("body")})
    dropped = drop_ops(plain(loop(), call, functions=[body]), {"While"})
    assert dropped.functions == {"body": body}
    assert drop_ops(plain(loop(), call, functions=[body]), {"While", "Call"}).functions == {"": Function("", (), ())}


def test_a_function_that_nothing_called_before_stays_with_what_it_calls() -> None:
    lonely = function("lonely", [], node("Call", "c", calls={"T": ref("helper")}))
    helper = function("helper", [], node("Sub", "s", T=FLOAT), loop(body="inner"))
    inner = function("inner", [], node("Add", "a", T=FLOAT))
    dropped = drop_ops(plain(node("Add", "x", T=FLOAT), functions=[lonely, helper, inner]), {"While"})
    assert sorted(dropped.functions) == ["helper", "lonely"]
    assert [each.op for each in dropped.functions["helper"].nodes] == ["Sub"]


def test_functions_that_only_call_each_other_stay() -> None:
    a = function("a", [], node("Call", "c", calls={"T": ref("b")}))
    b = function("b", [], node("Call", "c", calls={"T": ref("a")}))
    assert sorted(drop_ops(plain(node("Add", T=FLOAT), functions=[a, b]), {"Sub"}).functions) == ["a", "b"]


def test_requests_placed_nodes_and_gradients_are_dropped_too() -> None:
    body, backward = function("body", []), function("backward", [])
    whole = replace(
        plain(loop(), functions=[body, backward]),
        placed=(node("Sub", "p", T=FLOAT), node("Add", "q", T=FLOAT)),
        requests=(OpRequest("Sub"), OpRequest("Add")),
        gradients={"body": "backward"},
    )
    dropped = drop_ops(whole, {"Sub", "While"})
    assert names(dropped.placed) == ["q"]
    assert names(dropped.requests) == ["Add"]
    assert (dropped.functions, dropped.gradients) == ({"": Function("", (), ())}, {})


def test_without_every_model_everything_goes_but_what_tensorflow_always_has() -> None:
    models = [plain(node("Add", T=FLOAT), path="a"), plain(loop(), path="b")]
    _, left = without(models, ["a", "b"])
    assert left == chosen()
    assert (left.ops, left.kernels, left.models) == ((), (), ())
    assert {reason for source in left.sources for reason in source.reasons} == {"system"}


def test_without_one_of_two_equal_models_nothing_goes() -> None:
    models = [plain(node("Add", T=FLOAT), loop(), path=path) for path in ("a", "b")]
    gone = difference(*without(models, ["b"]))
    assert (gone.ops, gone.kernels, gone.sources, gone.unresolved) == ((), (), (), ())


def test_an_unmet_need_goes_with_the_model_that_has_it() -> None:
    models = [plain(node("Plian"), path="a"), plain(node("Add", T=FLOAT), path="b")]
    assert names(difference(*without(models, ["a"])).unresolved) == ["Plian"]
    assert names(difference(*without(models, ["b"])).unresolved) == []
    assert names(difference(*without(models, ops=["Plian"])).unresolved) == ["Plian"]


def test_a_source_of_another_kind_stays_while_one_of_its_ops_does() -> None:
    whole = chosen(plain(node("Add", T=FLOAT), path="a"), plain(node("Sub", T=FLOAT), path="b"))
    whole = replace(whole, sources=(*whole.sources, Source("util/helper.cc", "helper", ("Add", "Sub"))))
    for gone, reasons in (({"a"}, ("Sub",)), ({"b"}, ("Add",)), ({"a", "b"}, None)):
        left = rest(whole, lambda _, reason, gone=gone: reason.model not in gone, without=gone)
        found = {source.path: source.reasons for source in left.sources}.get("util/helper.cc")
        assert found == reasons


_NODES = st.one_of(
    st.builds(lambda kind, dtype: (kind, dtype), st.sampled_from(["Add", "Sub", "Switch", "Identity"]), st.just(FLOAT)),
    st.just(("Add", INT32)),
    st.builds(lambda name: ("While", name), st.sampled_from(["f", "g", "h"])),
    st.builds(lambda name: ("Call", name), st.sampled_from(["f", "g", "h"])),
    st.just(("NoOp", "")),
    st.just(("Plian", "")),
)


def _node(number: int, what: tuple[str, str]) -> Node:
    kind, detail = what
    if kind == "While":
        return loop(f"n{number}", body=detail)
    if kind == "Call":
        return node("Call", f"n{number}", calls={"T": ref(detail)})
    return node(kind, f"n{number}", **({"T": detail} if detail else {}))


_BODIES = st.lists(_NODES, min_size=1, max_size=4).map(lambda each: [_node(*one) for one in enumerate(each)])


@st.composite
def _models(draw: st.DrawFn) -> list[Model]:
    return [
        plain(*draw(_BODIES), functions=[function(name, [], *draw(_BODIES)) for name in "fgh"], path=f"m{number}")
        for number in range(draw(st.integers(1, 3)))
    ]


@given(_models(), st.sets(st.sampled_from(["m0", "m1", "m2"])))
def test_the_rest_without_models_is_the_selection_of_the_others(models: list[Model], gone: set[str]) -> None:
    gone &= {each.path for each in models}
    whole, left = without(models, gone)
    assert left == chosen(*(each for each in models if each.path not in gone))
    assert_adds_up(whole, left)


@given(_models(), st.sets(st.sampled_from(["Add", "Sub", "While", "Call", "Switch", "Identity", "NoOp", "Plian"])))
def test_the_rest_without_ops_is_the_selection_of_the_other_nodes(models: list[Model], ops: set[str]) -> None:
    whole, left = without(models, ops=ops)
    assert left == chosen(*(_by_hand(each, ops) for each in models))
    assert_adds_up(whole, left)


def _by_hand(one: Model, ops: set[str]) -> Model:
    """The same by another way: a function that nothing called is an entry, as is one that only such ones call."""

    def calls(nodes: Collection[Node]) -> set[str]:
        return {each.name for node_ in nodes for refs in node_.functions.values() for each in refs}

    def closure(start: set[str], functions: dict[str, tuple[Node, ...]]) -> set[str]:
        for _ in functions:
            start = start | set(itertools.chain.from_iterable(calls(functions[name]) for name in start))
        return start

    before = {name: each.nodes for name, each in one.functions.items()}
    after = {name: tuple(each for each in nodes if each.op not in ops) for name, nodes in before.items()}
    nodes = tuple(each for each in one.nodes if each.op not in ops)
    entries = calls(nodes)
    reached = closure(calls(one.nodes), before)
    called = set(itertools.chain.from_iterable(calls(nodes) for name, nodes in before.items()))
    alone = {
        name
        for name in before
        if name not in set(itertools.chain.from_iterable(calls(before[other]) for other in before if other != name))
    } - reached
    entries |= alone
    covered = reached | closure(alone, before)
    for name in sorted(before.keys() & called):
        if name not in covered:
            entries.add(name)
            covered |= closure({name}, before)
    kept = closure(entries, after)
    functions = {name: replace(one.functions[name], nodes=after[name]) for name in kept}
    return replace(one, nodes=nodes, functions=functions or {"empty": Function("empty", (), ())})


def assert_adds_up(whole: Selection, left: Selection) -> None:
    gone = difference(whole, left)
    assert {one.name for one in whole.ops} == {one.name for one in gone.ops} | {one.name for one in left.ops}
    assert {one.name for one in gone.ops}.isdisjoint(one.name for one in left.ops)
    assert {kernel_key(one) for one in whole.kernels} - {kernel_key(one) for one in gone.kernels} == set(
        map(kernel_key, left.kernels)
    )
    assert {one.path for one in whole.sources} - {one.path for one in gone.sources} == {
        one.path for one in left.sources
    }


def test_a_selection_agrees_with_its_models_and_not_with_others() -> None:
    one, other = plain(node("Add", T=FLOAT)), plain(node("Add", T=INT32))
    resolver = Resolver(TREE, switches(TREE.defines))
    assert agrees(chosen(one), resolver.resolve(one))
    assert not agrees(chosen(one), resolver.resolve(other))


@pytest.mark.parametrize("ops", [["While"], ["Sub"], ["Add", "Sub"], ["Switch"]])
def test_an_estimate_from_the_record_where_it_has_all_there_is_to_know(ops: list[str]) -> None:
    body = function("body", [], node("Sub", "s", T=FLOAT), node("Call", "c", calls={"T": ref("inner")}))
    inner = function("inner", [], node("Add", "a", T=INT32))
    whole = chosen(plain(node("Add", "x", T=FLOAT), loop(), functions=[body, inner]))
    recorded = from_json(to_json(whole), "selection.json")
    estimate = rest(recorded, RecordedNodes(recorded, ops).keep)
    _, exact = without([plain(node("Add", "x", T=FLOAT), loop(), functions=[body, inner])], ops=ops)
    assert (estimate.ops, estimate.kernels, estimate.sources) == (exact.ops, exact.kernels, exact.sources)


def test_an_estimate_keeps_what_other_nodes_may_be_the_reason_for() -> None:
    """Two nodes of different ops lead to one rule, and only the first is named: it is not enough that this one goes."""
    whole = chosen(plain(loop("a"), loop("b")))
    reasons = {each.name: each.reasons for each in whole.ops}
    assert [reason.rule for reason in reasons["While"]] == ["and 1 more node"]
    counted = RecordedNodes(whole, ["While"])
    assert not counted.keep("Switch", reasons["Switch"][0])
    assert counted.keep("Switch", replace(reasons["Switch"][0], rule="the runtime lowers it; and 2 more nodes"))
