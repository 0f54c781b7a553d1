"""Which part of a model is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opsieve.errors import OpsieveError
from opsieve.models.reach import Reach, reachable_functions, restrict
from opsieve.models.usage import Function, FunctionRef, Model, Node, Saver, Signature


def node(name: str, op: str, *inputs: str, calls: str = "") -> Node:
    functions = {"f": (FunctionRef(calls, {}),)} if calls else {}
    return Node(name, op, "", inputs, {}, functions)


def model(*nodes: Node, functions: dict[str, tuple[Node, ...]] | None = None) -> Model:
    library = {name: Function(name, (), body) for name, body in (functions or {}).items()}
    return Model("m", "graphdef", "0", nodes, library)


def names(nodes: tuple[Node, ...]) -> list[str]:
    return [each.name for each in nodes]


CHAIN = model(
    node("x", "Placeholder"),
    node("decode", "DecodeJpeg", "x"),
    node("resize", "Resize", "decode"),
    node("net", "Net", "resize", "^init"),
    node("init", "NoOp"),
    node("loss", "Loss", "net:1"),
    functions={"Used": (node("n", "Inner"),), "Unused": (node("n", "Other"),)},
)


def test_a_graph_without_signatures_is_kept_whole_without_functions_that_nothing_calls() -> None:
    kept = restrict(CHAIN, Reach(), "m")
    assert (kept.nodes, kept.placed, kept.cut) == (CHAIN.nodes, (), ())
    assert kept.functions == {}
    assert set(restrict(CHAIN, Reach(all_functions=True), "m").functions) == {"Used", "Unused"}


def test_outputs_keep_what_they_need() -> None:
    kept = restrict(CHAIN, Reach(outputs=("net:0",)), "m")
    assert names(kept.nodes) == ["x", "decode", "resize", "net", "init"]
    assert kept.placed == ()
    assert kept.cut == ("Loss",)


def test_an_input_ends_the_way_and_becomes_a_placeholder() -> None:
    kept = restrict(CHAIN, Reach(outputs=("net",), inputs=("resize",)), "m")
    assert [(each.name, each.op) for each in kept.nodes] == [
        ("net", "Net"),
        ("init", "NoOp"),
        ("resize", "Placeholder"),
    ]
    assert kept.cut == ("DecodeJpeg", "Loss", "Resize")
    # A placeholder stays as it is.
    assert restrict(CHAIN, Reach(inputs=("x",)), "m").nodes[-1] == CHAIN.nodes[0]


def test_inputs_alone_keep_what_the_ends_of_the_graph_need() -> None:
    kept = restrict(CHAIN, Reach(inputs=("net:1",)), "m")
    # The first output of net is still to be computed, if anything wanted it; nothing does.
    assert names(kept.nodes) == ["loss", "net:1"]


def test_only_the_output_that_is_fed_is_cut_off() -> None:
    graph = model(node("a", "A"), node("b", "B", "a:0", "a:1"))
    kept = restrict(graph, Reach(outputs=("b",), inputs=("a:1",)), "m")
    assert {each.op for each in kept.nodes} == {"A", "B", "Placeholder"}


def test_wrong_names_are_refused() -> None:
    with pytest.raises(OpsieveError, match="has no node 'nothing', which --outputs names") as caught:
        restrict(CHAIN, Reach(outputs=("nothing:0",)), "m")
    assert "node:1" in str(caught.value.hint)
    with pytest.raises(OpsieveError, match="has no node 'nothing', which --inputs names"):
        restrict(CHAIN, Reach(outputs=("net",), inputs=("nothing",)), "m")


SERVED = replace(
    model(
        node("x", "Placeholder"),
        node("serve", "StatefulPartitionedCall", "x", calls="Serve"),
        node("train", "StatefulPartitionedCall", "x", calls="Train"),
        node("save", "StatefulPartitionedCall", calls="Save"),
        node("restore", "StatefulPartitionedCall", calls="Restore"),
        node("tables", "StatefulPartitionedCall", calls="Tables"),
        node("init", "NoOp", "^tables"),
        node("loop", "While", "x", calls="Loop"),
        functions={
            name: (node("n", op),)
            for name, op in {
                "Serve": "Add",
                "Train": "ApplyAdam",
                "Save": "SaveV2",
                "Restore": "RestoreV2",
                "Tables": "HashTableV2",
                "Loop": "Mul",
                "Nothing": "Sub",
            }.items()
        },
    ),
    signatures={
        "serve": Signature("serve", {"x": "x:0"}, {"y": "serve:0"}),
        "train": Signature("train", {"x": "x:0"}, {"y": "train:0"}),
        "__saved_model_init_op": Signature("__saved_model_init_op", {}, {"__saved_model_init_op": "init"}),
    },
    saver=Saver("x:0", "save:0", "restore"),
    initializers=("init",),
)


def test_all_signatures_the_saver_and_the_initialisers_are_reached() -> None:
    kept = restrict(SERVED, Reach(), "m")
    assert names(kept.placed) == ["loop"]
    # Control flow becomes its functions' bodies before a graph is placed; other calls do not.
    assert set(kept.functions) == {"Serve", "Train", "Save", "Restore", "Tables", "Loop"}


def test_one_signature_is_all_that_the_graph_is_cut_to() -> None:
    kept = restrict(SERVED, Reach(signatures=("serve",), savers=False), "m")
    assert names(kept.nodes) == ["x", "serve", "tables", "init"]
    assert set(kept.functions) == {"Serve", "Tables"}
    assert kept.placed == ()
    assert kept.cut == ("While",)
    both = restrict(SERVED, Reach(signatures=("serve", "train"), savers=False), "m")
    assert set(both.functions) == {"Serve", "Train", "Tables"}


def test_what_loading_runs_is_kept_with_any_part() -> None:
    for reach in (Reach(signatures=("serve",)), Reach(outputs=("serve:0",))):
        assert set(restrict(SERVED, reach, "m").functions) == {"Serve", "Tables", "Save", "Restore"}


def test_without_the_saver() -> None:
    kept = restrict(SERVED, Reach(savers=False), "m")
    assert set(kept.functions) == {"Serve", "Train", "Tables", "Loop"}
    assert "save" not in names(kept.placed)


def test_without_the_saver_of_tensorflow_1() -> None:
    graph = model(
        node("v", "VariableV2"),
        node("initial", "Const"),
        node("v/Assign", "Assign", "v", "initial"),
        node("read", "Identity", "v"),
        node("save/Const", "Const"),
        node("save/names", "Const"),
        node("save/SaveV2", "SaveV2", "save/Const", "save/names", "v"),
        node("save/done", "Identity", "save/Const", "^save/SaveV2"),
        node("save/RestoreV2", "RestoreV2", "save/Const", "save/names"),
        node("save/Assign", "Assign", "v", "save/RestoreV2"),
        node("save/restore_all", "NoOp", "^save/Assign"),
    )
    kept = restrict(graph, Reach(savers=False), "m")
    assert names(kept.nodes) == ["v", "initial", "v/Assign", "read"]
    assert kept.cut == ("NoOp", "RestoreV2", "SaveV2")
    assert kept.placed == ()


def test_a_signature_may_restore_although_the_saver_goes() -> None:
    graph = replace(
        model(node("path", "Placeholder"), node("values", "RestoreV2", "path"), node("other", "SaveV2", "path")),
        signatures={"restore": Signature("restore", {}, {"y": "values:0"})},
    )
    kept = restrict(graph, Reach(savers=False), "m")
    assert names(kept.nodes) == ["path", "values"]
    assert kept.placed == ()


def test_functions_of_functions_and_gradients_are_reached_and_cycles_end() -> None:
    inner = FunctionRef("Deep", {}, {"g": (FunctionRef("Deeper", {}),)})
    body = {
        "F": (Node("n", "Call", "", (), {}, {"f": (inner,)}),),
        "Deep": (node("n", "F"),),
        "Deeper": (),
        "FGrad": (node("n", "Add"),),
        "Other": (),
    }
    graph = replace(model(node("call", "F"), functions=body), gradients={"F": "FGrad"})
    assert reachable_functions(graph, graph.nodes) == {"F", "Deep", "Deeper", "FGrad"}
