"""Conditions on a node's place in its graph: what cannot be is ruled out, and whatever may be is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opsieve.models.usage import Function, Model, Node
from opsieve.selection.runtime.rules import (
    CONSTANT,
    FACTOR,
    FED_BY,
    MANY,
    SAME,
    VARIABLE,
    Condition,
    all_rules,
)
from opsieve.selection.runtime.structure import Conditions, Structure
from unit.selection.build import FLOAT, function, model, node, ref

CONDITIONS = Conditions(all_rules())
FED_BY_SUM = Condition(FED_BY, ops=frozenset(("Add", "AddN", "AddV2")))
FED_BY_NEG = Condition(FED_BY, ops=frozenset(("Neg",)))
FED_BY_UNARY = next(
    one for rule in all_rules() for one in rule.conditions if one.kind == FED_BY and {"Tanh", "Square"} <= one.ops
)


def at(name: str, op: str, *inputs: str, **values: int) -> Node:
    return replace(node(op, name, T=FLOAT, values=values), inputs=inputs)


INPUTS = (at("x", "Placeholder"), at("y", "Placeholder"), at("c", "Const"), at("d", "Const"))


def holds(condition: Condition, *nodes: Node, functions: tuple[Function, ...] = (), place: str = "") -> bool:
    """For the last node."""
    return truth(condition, model(*INPUTS, *nodes, functions=functions), place, nodes[-1])


def truth(condition: Condition, of: Model, place: str, asked: Node) -> bool:
    return Structure(of, CONDITIONS).truths([condition], place, asked)[0]


def test_the_same_tensor_twice() -> None:
    same = Condition(SAME)
    assert holds(same, at("m", "Mul", "x", "x"))
    assert not holds(same, at("m", "Mul", "x", "y"))
    assert not holds(same, at("m", "Mul", "x", "c"))
    assert holds(same, at("m", "Mul", "c", "d"))
    assert not holds(same, at("a", "Relu", "x"), at("m", "Mul", "x", "a"))
    assert holds(same, at("m", "Mul", "x:1", "x:1"))
    assert not holds(same, at("s", "Unpack", "x", num=2), at("m", "Mul", "s", "s:1"))


@pytest.mark.parametrize(
    "through",
    [
        (at("a", "Identity", "x"),),
        (at("a", "Snapshot", "x"),),
        (at("a", "Reshape", "x", "c"),),
        (at("a", "Transpose", "x", "c"),),
        (at("a", "Mul", "x", "c"),),
        (at("a", "AddV2", "c", "x"),),
        (at("a", "Sub", "x", "c"),),
        (at("a", "Pow", "x", "c"),),
        (at("a", "Pack", "x", N=1),),
        (at("a", "Split", "c", "x", num_split=1),),
        (at("a", "IdentityN", "y", "x"), at("b", "Identity", "a:1")),
        (at("n", "Neg", "x"), at("a", "Neg", "n")),
        (at("p", "Pack", "x", "y"), at("a", "StridedSlice", "p", "c", "c", "c")),
        (at("b", "Mul", "x", "y"), at("a", "Mul", "b", "y")),
        (at("a", "Select", "c", "x", "y"),),
        (at("a", "Switch", "x", "c"),),
        (at("a", "While", "x"),),
        (at("a", "missing", "nowhere"),),
    ],
    ids=lambda nodes: nodes[-1].op,
)
def test_what_may_turn_out_to_be_the_same_tensor(through: tuple[Node, ...]) -> None:
    nodes = [replace(one, functions={"body": (ref("f"),)}) if one.op == "While" else one for one in through]
    if nodes[-1].op == "missing":
        nodes = [at("a", "Identity", "nowhere")]
    assert holds(Condition(SAME), *nodes, at("m", "Mul", nodes[-1].name, "x"))


def test_nodes_that_are_merged_or_turned_into_each_other() -> None:
    same = Condition(SAME)
    assert holds(same, at("a", "Relu", "x"), at("b", "Relu", "x"), at("m", "Mul", "a", "b"))
    assert holds(same, at("i", "Identity", "x"), at("a", "Relu", "i"), at("b", "Relu", "x"), at("m", "Mul", "a", "b"))
    assert not holds(same, at("a", "Relu", "x"), at("b", "Relu", "y"), at("m", "Mul", "a", "b"))
    assert not holds(same, at("a", "Relu", "x"), at("b", "Tanh", "x"), at("m", "Mul", "a", "b"))
    # x / sqrt(y) is x * rsqrt(y), and x * x is square(x).
    one = (at("s", "Sqrt", "y"), at("a", "Div", "x", "s"), at("r", "Rsqrt", "y"), at("b", "Mul", "x", "r"))
    assert holds(same, *one, at("e", "Relu", "a"), at("f", "Relu", "b"), at("m", "Mul", "e", "f"))
    assert holds(same, at("a", "Mul", "x", "x"), at("b", "Square", "x"), at("m", "AddV2", "a", "b"))
    one = (at("s", "Softmax", "x"), at("a", "Log", "s"), at("b", "LogSoftmax", "x"))
    assert holds(same, *one, at("m", "Mul", "a", "b"))


def test_sums_and_products_are_regrouped() -> None:
    same = Condition(SAME)
    assert holds(same, at("a", "Add", "x", "y"), at("m", "Add", "a", "x"))
    assert holds(same, at("a", "Mul", "x", "y"), at("m", "Mul", "a", "x"))
    assert not holds(same, at("a", "Mul", "x", "y"), at("m", "Add", "a", "x"))
    assert not holds(same, at("a", "Neg", "x"), at("m", "Mul", "a", "x"))
    assert holds(same, at("a", "Neg", "x"), at("b", "Sub", "y", "a"), at("m", "AddV2", "b", "x"))


def test_a_pack_of_the_same_tensors() -> None:
    same = Condition(SAME)
    assert holds(same, at("p", "Pack", "x", "x"))
    assert not holds(same, at("p", "Pack", "x", "y"))
    # What is constant is folded.
    assert not holds(same, at("p", "Pack", "c", "d"))
    assert not holds(same, at("s", "Shape", "x"), at("p", "Pack", "s", "c"))
    assert holds(same, at("s", "Shape", "x"), at("p", "Pack", "s", "s"))
    # Strings are not.
    assert holds(same, replace(at("p", "Pack", "c", "d"), types={"T": "DT_STRING"}))
    assert holds(same, replace(at("p", "Pack", "c", "d"), types={"T": "$T"}))
    assert not holds(same, replace(at("p", "Pack", "c", "x"), types={"T": "DT_STRING"}))


@pytest.mark.parametrize(
    "through",
    [
        (),
        (at("i", "Identity", "a"),),
        (at("i", "Cast", "a"),),
        (at("i", "Squeeze", "a"),),
        (at("i", "RealDiv", "a", "c"),),
        (at("i", "Concat", "c", "a", "y"),),
        (at("i", "Split", "c", "a", num_split=2),),
        (at("i", "Max", "a", "c"),),
        (at("i", "Neg", "a"),),
        (at("i", "AddN", "a", "y"),),
        (at("i", "Merge", "a", "y"),),
    ],
    ids=lambda nodes: nodes[-1].op if nodes else "directly",
)
def test_fed_by_a_sum(through: tuple[Node, ...]) -> None:
    last = through[-1].name if through else "a"
    assert holds(FED_BY_SUM, at("a", "AddV2", "x", "y"), *through, at("m", "AddV2", last, "y"))
    if not through or through[-1].op not in ("Merge", "AddN"):
        assert not holds(FED_BY_SUM, at("a", "Relu", "x"), *through, at("m", "AddV2", last, "y"))


def test_fed_by_what_becomes_a_sum() -> None:
    norm = at("b", "FusedBatchNormV3", "x", "c", "c", "c", "c", is_training=False)
    assert holds(FED_BY_SUM, norm, at("m", "AddV2", "b", "y"))
    assert not holds(FED_BY_SUM, replace(norm, inputs=("x", "y", "y", "y", "y")), at("m", "AddV2", "b", "y"))
    assert holds(FED_BY_SUM, at("n", "Neg", "x"), at("s", "Sub", "y", "n"), at("m", "AddV2", "s", "y"))
    assert not holds(FED_BY_SUM, at("s", "Sub", "y", "x"), at("m", "AddV2", "s", "y"))
    # The terms of an AddN come to stand in other sums.
    assert holds(FED_BY_NEG, at("n", "Neg", "x"), at("s", "AddN", "y", "n"), at("m", "AddV2", "s", "y"))


def test_fed_by_a_function_of_one_argument() -> None:
    assert holds(FED_BY_UNARY, at("a", "Mul", "x", "x"), at("t", "Tanh", "a"))
    assert not holds(FED_BY_UNARY, at("a", "Mul", "x", "y"), at("t", "Tanh", "a"))
    assert not holds(FED_BY_UNARY, at("a", "MatMul", "x", "y"), at("t", "Tanh", "a"))
    assert holds(FED_BY_NEG, at("a", "Sub", "c", "x"), at("t", "AddV2", "a", "y"))


def test_an_input_that_may_be_constant() -> None:
    constant, first = Condition(CONSTANT), Condition(CONSTANT, first=True)
    assert holds(constant, at("m", "Mul", "x", "c"))
    assert not holds(first, at("m", "Mul", "x", "c"))
    assert holds(first, at("m", "Mul", "c", "x"))
    assert not holds(constant, at("m", "Mul", "x", "y"))
    assert holds(constant, at("s", "Shape", "x"), at("p", "Prod", "s", "c"), at("m", "Mul", "p", "y"))
    assert holds(constant, at("e", "Exp", "c"), at("r", "Relu", "e"), at("m", "Mul", "r", "y"))
    assert not holds(constant, at("e", "Exp", "x"), at("m", "Mul", "e", "y"))
    # With zeros a product is constant.
    assert holds(constant, at("w", "MatMul", "x", "c"), at("m", "AddV2", "w", "y"))
    assert holds(constant, at("z", "ZerosLike", "x"), at("m", "AddV2", "z", "y"))
    assert not holds(constant, at("v", "VarHandleOp"), at("r", "ReadVariableOp", "v"), at("m", "Mul", "r", "x"))


def test_a_common_factor() -> None:
    factor = Condition(FACTOR)
    products = (at("p", "Mul", "x", "y"), at("q", "Mul", "y", "z"))
    assert holds(factor, at("z", "Placeholder"), *products, at("m", "AddV2", "p", "q"))
    others = (at("p", "Mul", "x", "y"), at("w", "Placeholder"), at("q", "Mul", "w", "z"))
    assert not holds(factor, at("z", "Placeholder"), *others, at("m", "AddV2", "p", "q"))
    assert not holds(factor, at("m", "AddV2", "x", "y"))
    inner = (at("z", "Placeholder"), *products, at("a", "AddV2", "p", "x"))
    assert holds(factor, *inner, at("m", "AddV2", "a", "q"))


def test_many_inputs_and_variable_parameters() -> None:
    assert holds(Condition(MANY), at("m", "AddN", "x", "y", "c", N=3))
    assert not holds(Condition(MANY), at("m", "AddN", "x", "y", "^c", N=2))
    assert holds(Condition(VARIABLE), at("b", "FusedBatchNormV3", "x", "c", "c", "y", "c"))
    assert not holds(Condition(VARIABLE), at("b", "FusedBatchNormV3", "x", "c", "c", "d", "d"))


def test_arguments_are_what_callers_pass() -> None:
    body = at("m", "Mul", "a", "b")
    same, constant = Condition(SAME), Condition(CONSTANT)

    def in_body(condition: Condition, *nodes: Node, asked: Node = body) -> bool:
        of = model(*INPUTS, *nodes, functions=[function("f", [], asked)])
        return truth(condition, of, "f", asked)

    def call(*inputs: str) -> Node:
        return replace(node("PartitionedCall", "call", calls={"f": ref("f")}), inputs=inputs)

    assert not in_body(same, call("x", "y"))
    assert in_body(same, call("x", "x"))
    assert in_body(same, call("x", "y"), call("y", "y"))
    assert in_body(same, at("r", "Relu", "x"), call("x", "r"))
    assert not in_body(constant, call("x", "y"))
    assert in_body(constant, call("x", "c"))
    assert in_body(FED_BY_SUM, at("s", "AddV2", "x", "y"), call("x", "s"))
    assert not in_body(FED_BY_SUM, call("x", "y"))
    # Called by its name, or in a way that says nothing of the arguments.
    assert not in_body(constant, at("call", "f", "x", "y"))
    other = replace(node("MapDataset", "map", calls={"f": ref("f")}), inputs=("x", "y"))
    assert in_body(constant, call("x", "y"), other)
    # A loop's variables come from Merge.
    loop = replace(node("While", "loop", calls={"body": ref("f")}), inputs=("c", "c"))
    assert not in_body(constant, loop)
    assert not in_body(same, loop)
    assert in_body(same, loop, asked=at("m", "Mul", "a", "a"))


def test_results_of_calls_are_not_known() -> None:
    call = replace(node("PartitionedCall", "call", calls={"f": ref("f")}), inputs=("x",))
    body = (function("f", [], at("r", "Relu", "a")),)
    for condition in (Condition(SAME), Condition(CONSTANT), FED_BY_SUM):
        assert holds(condition, call, at("m", "AddV2", "call", "x"), functions=body)


def test_names_in_function_bodies() -> None:
    body = [at("r", "Relu", "a"), at("s", "AddV2", "r:activations:0", "b"), at("m", "AddV2", "s:z:0", "b")]
    caller = replace(node("PartitionedCall", "call", calls={"f": ref("f")}), inputs=("x", "y"))
    of = model(*INPUTS, caller, functions=[function("f", [], *body)])
    assert truth(FED_BY_SUM, of, "f", body[-1])
    assert truth(Condition(SAME), of, "f", body[-1])
    assert not truth(FED_BY_SUM, of, "f", body[1])


def test_long_chains_and_cycles_end() -> None:
    chain = [at(f"n{place}", "Relu", f"n{place - 1}" if place else "x") for place in range(50_000)]
    assert not holds(Condition(SAME), *chain, at("m", "Mul", chain[-1].name, "y"))
    ring = [at("a", "Relu", "b"), at("b", "Relu", "a"), at("e", "Relu", "e")]
    assert holds(Condition(SAME), *ring, at("m", "Mul", "a", "e"))
    calls = [
        function(f"f{place}", [], replace(node("PartitionedCall", calls={"f": ref(f"f{place + 1}")}), inputs=("a",)))
        for place in range(5_000)
    ]
    last = at("m", "Mul", "a", "b")
    start = replace(node("PartitionedCall", calls={"f": ref("f0")}), inputs=("x",))
    of = model(*INPUTS, start, functions=[*calls, function("f5000", [], last)])
    assert not truth(Condition(SAME), of, "f5000", last)
    rec = at("m", "Mul", "a", "b")
    again = replace(node("PartitionedCall", "again", calls={"f": ref("g")}), inputs=("m", "m"))
    of = model(*INPUTS, start, functions=[function("g", [], rec, again)])
    assert truth(Condition(SAME), of, "g", rec)
