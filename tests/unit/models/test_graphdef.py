"""Binary GraphDef."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from opsieve.models.usage import Function, FunctionRef, Node, TypeParameter

from . import encode as e

if TYPE_CHECKING:
    from .conftest import Read, Refuse

TENSOR = e.message((8, e.message((1, 1), (4, b"\0" * 100_000))))


def test_a_node_with_everything(read: Read) -> None:
    placeholder = e.message((9, "T"))
    calls = e.message((1, e.message((9, e.call("G")), (9, e.call("H", U=e.type_attr(7))))))
    node = e.node(
        "scope/n",
        "Op",
        ["a", "b:1", "^c"],
        "/device:CPU:0",
        T=e.type_attr(1),
        Ts=e.types_attr(3, 101),
        Unpacked=e.types_attr(3, 9, packed=False),
        P=placeholder,
        f=e.function_attr("F", T=e.type_attr(19), g=e.function_attr("Inner")),
        branches=calls,
        _kernel=e.message((2, "special")),
        shape=e.message((7, e.message((3, 1)))),
        count=e.message((3, 7)),
        below=e.message((3, (1 << 64) - 3)),
        yes=e.message((5, 1)),
        no=e.message((5, 0)),
        format=e.message((2, "NHWC")),
        empty=e.message((2, "")),
        bytes=e.message((2, b"\xff")),
        long=e.message((2, "x" * 5000)),
        names=e.message((1, e.message((2, "a"), (2, "b")))),
        none=e.types_attr(),
        no_ints=e.message((1, e.message((3, b"")))),
        ints=e.message((1, e.message((3, b"\1\2")))),
        value=TENSOR,
    )
    content = e.graph(node)
    model = read(content)
    assert model.nodes == (
        Node(
            "scope/n",
            "Op",
            "/device:CPU:0",
            ("a", "b:1", "^c"),
            {
                "T": "DT_FLOAT",
                "Ts": ("DT_INT32", "DT_FLOAT_REF"),
                "Unpacked": ("DT_INT32", "DT_INT64"),
                "P": "$T",
                "none": (),
                "no_ints": (),
            },
            {
                "f": (FunctionRef("F", {"T": "DT_HALF"}, {"g": (FunctionRef("Inner", {}),)}),),
                "branches": (FunctionRef("G", {}), FunctionRef("H", {"U": "DT_STRING"})),
            },
            "special",
            {"count": 7, "below": -3, "yes": True, "no": False, "format": "NHWC", "empty": ""},
        ),
    )
    assert (model.format, model.producer) == ("graphdef", 987)
    assert model.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("padding", [0, 1, 20_000, 70_000, 300_000])
def test_a_node_reads_the_same_beside_a_tensor_of_any_size(read: Read, padding: int) -> None:
    """Small nodes, large nodes and nodes across windows take different ways through the reader."""
    nodes = []
    for index in range(40):
        tensor = e.message((8, e.message((1, 1), (4, bytes(padding + index)))))
        nodes.append(e.node(f"n{index}", "Const", value=tensor, dtype=e.type_attr(1 + index % 3)))
    model = read(e.graph(*nodes))
    assert [node.name for node in model.nodes] == [f"n{index}" for index in range(40)]
    assert [node.types["dtype"] for node in model.nodes] == [
        ("DT_FLOAT", "DT_DOUBLE", "DT_INT32")[index % 3] for index in range(40)
    ]


def test_fields_may_lie_across_the_window_anywhere(read: Read) -> None:
    filler = b"".join(e.message((1, e.node(f"n{index:03}", "Op", device="d" * 150))) for index in range(600))
    for shift in range(len(filler) // 600 + 1):
        nodes = read(e.message((1, e.node("s" * shift, "First"))) + filler).nodes
        assert [node.name for node in nodes[1:]] == [f"n{index:03}" for index in range(600)]


def test_functions_gradients_and_parameters(read: Read) -> None:
    attrs = [
        e.message((1, "T"), (2, "type"), (3, e.type_attr(1)), (7, e.types_attr(1, 2))),
        e.message((1, "Ts"), (2, "list(type)"), (3, e.types_attr(3))),
        e.message((1, "N"), (2, "int")),
    ]
    body = e.node("y", "Add", ["x", "x:out:0"], T=e.message((9, "T")))
    library = e.library(
        e.function("F", body, attrs=attrs, ret={"out": "y:z:0"}), e.function("FGrad"), gradients={"F": "FGrad"}
    )
    model = read(e.graph(e.node("call", "F"), library=library, producer=None))
    assert model.functions["F"] == Function(
        "F",
        (
            TypeParameter("T", False, ("DT_FLOAT", "DT_DOUBLE"), "DT_FLOAT"),
            TypeParameter("Ts", True, (), ("DT_INT32",)),
        ),
        (Node("y", "Add", "", ("x", "x:out:0"), {"T": "$T"}, {}),),
        {"out": "y:z:0"},
    )
    assert model.gradients == {"F": "FGrad"}
    assert model.producer is None
    assert [name for name, _ in model.bodies()] == [None, "F", "FGrad"]


def test_a_function_body_from_before_tensorflow_0_12(read: Read) -> None:
    old = e.message((1, "y"), (2, "Mul"), (3, "x"), (3, "x"), (4, "init"), (5, e.entry("T", e.type_attr(1))))
    signature = e.message((1, "F"), (2, e.message((1, "x"), (3, 1))), (3, e.message((1, "y"), (3, 1))))
    library = e.library(e.message((1, signature), (2, old)))
    model = read(e.graph(e.node("call", "F"), library=library))
    assert model.functions["F"].nodes == (Node("y", "Mul", "", ("x", "x", "^init"), {"T": "DT_FLOAT"}, {}),)
    assert model.functions["F"].outputs == {"y": "y"}


def test_a_library_without_a_main_graph_is_a_model(read: Read) -> None:
    assert list(read(e.graph(library=e.library(e.function("F", e.node("n", "NoOp"))))).functions) == ["F"]


@pytest.mark.parametrize(("number", "name"), [(0, "DT_INVALID"), (77, "DT_77"), (-1, "DT_-1"), (132, "DT_UINT2_REF")])
def test_dtype_numbers_that_nobody_knows_stay_visible(read: Read, number: int, name: str) -> None:
    model = read(e.graph(e.node("n", "Op", T=e.type_attr(number), Ts=e.types_attr(number))))
    assert model.nodes[0].types == {"T": name, "Ts": (name,)}


def test_what_protobuf_allows(read: Read) -> None:
    """Unknown fields of every wire type, groups, the last value of a field, fields in any order, long varints."""
    unknown = e.varint(9 << 3 | 1) + bytes(8) + e.varint(9 << 3 | 5) + bytes(4) + e.message((99, 1), (98, b"x"))
    group = e.varint(9 << 3 | 3) + e.varint(8 << 3 | 3) + e.varint(8 << 3 | 4) + e.varint(9 << 3 | 4)
    node = e.message((5, e.entry("T", e.type_attr(1))), (2, "Wrong"), (1, "n"), (2, "Op"))
    node += unknown + group + e.message((5, e.message((2, e.type_attr(3)), (1, "T"))))
    overlong = b"\x8a\x80\x00" + e.varint(len(node)) + node
    model = read(e.graph(e.node("first", "NoOp")) + unknown + group + overlong)
    assert model.nodes[1] == Node("n", "Op", "", (), {"T": "DT_INT32"}, {})


def test_the_last_of_a_oneof_and_of_a_key_wins(read: Read) -> None:
    tensor_after_type = e.type_attr(1) + e.message((8, b""))
    type_after_tensor = e.message((8, b"")) + e.type_attr(1)
    node = e.node("n", "Op", A=tensor_after_type, B=type_after_tensor) + e.message(
        (5, e.entry("C", e.type_attr(1))), (5, e.entry("C", e.message((3, 1))))
    )
    assert read(e.graph(node)).nodes[0].types == {"B": "DT_FLOAT"}


def test_damage_is_located(refuse: Refuse) -> None:
    good = e.graph(e.node("n", "NoOp"), producer=None)
    assert "(at byte " in refuse(good + e.message((1, e.node("m", "Op")))[:-1]).message
    error = refuse(good + e.message((1, e.message((1, "lonely")))))
    assert "the node 'lonely' has no op" in error.message
    assert f"(at byte {len(good) + 2})" in error.message
    assert "not UTF-8" in refuse(good + e.message((1, e.message((1, b"\xff\xfe"), (2, "Op"))))).message
    assert "field number 0" in refuse(good + b"\x02\x00").message
    assert "ten bytes" in refuse(good + b"\xff" * 11).message
    assert "wire type 7" in refuse(good + b"\x0f").message
    assert "group" in refuse(good + b"\x4b").message


def test_impossible_lengths_end_at_once(refuse: Refuse) -> None:
    good = e.graph(e.node("n", "NoOp"))
    for length in (1 << 31, (1 << 63) - 1, -1):
        assert "ends early" in refuse(good + b"\x0a" + e.varint(length)).message


def test_a_field_that_nobody_reads_may_not_reach_too_far_either(refuse: Refuse) -> None:
    good = e.graph(e.node("n", "NoOp"))
    assert "ends early, in a field of 9 bytes" in refuse(good + b"\x2a\x09abc").message
    library = e.message((2, b"\x22\x09abc"))
    assert "9 bytes is longer than what holds it" in refuse(good + library + good).message


def test_nesting_is_bounded(refuse: Refuse) -> None:
    attr = e.function_attr("F")
    for _ in range(5000):
        attr = e.message((10, e.message((2, e.entry("f", attr)))))
    assert "nest deeper" in refuse(e.graph(e.node("n", "Op", f=attr))).message
    good = e.graph(e.node("n", "NoOp"))
    assert "nest deeper" in refuse(good + b"\x4b" * 100_000).message


def test_an_empty_graph(refuse: Refuse) -> None:
    assert "has no nodes" in refuse(e.graph()).message
    assert "is empty" in refuse(b"").message


def test_one_function_of_two_kinds(refuse: Refuse, read: Read) -> None:
    one, other = e.function("F", e.node("n", "NoOp")), e.function("F", e.node("m", "NoOp"))
    assert "'F' is there twice" in refuse(e.graph(e.node("n", "F"), library=e.library(one, other))).message
    assert list(read(e.graph(e.node("n", "F"), library=e.library(one, one))).functions) == ["F"]
