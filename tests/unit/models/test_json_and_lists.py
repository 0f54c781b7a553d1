"""TensorFlow.js's model.json, and the two lists of ops."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from opsieve.models.usage import FunctionRef, Node, OpRequest, Signature

if TYPE_CHECKING:
    from .conftest import Read, Refuse


def label(text: str) -> dict[str, str]:
    return {"s": base64.b64encode(text.encode()).decode()}


NODE = {
    "name": "n",
    "op": "Op",
    "input": ["a"],
    "device": "/cpu:0",
    "attr": {
        "T": {"type": "DT_INT32"},
        "U": {"type": 19},
        "Ts": {"list": {"type": ["DT_FLOAT", 3]}},
        "none": {"list": {}},
        "strides": {"list": {"i": ["1", "2"]}},
        "f": {"func": {"name": "F", "attr": {"T": {"placeholder": "S"}}}},
        "_kernel": label("special"),
        "value": {"tensor": {"dtype": "DT_FLOAT", "tensorShape": {}}},
        "data_format": label("NHWC"),
    },
}
FUNCTION = {
    "signature": {
        "name": "F",
        "attr": [{"name": "S", "type": "type", "allowedValues": {"list": {"type": ["DT_HALF"]}}}],
    },
    "nodeDef": [{"name": "x", "op": "NoOp"}],
    "ret": {"y": "x:z:0"},
}


def test_a_graph_model(read: Read) -> None:
    document: dict[str, Any] = {
        "format": "graph-model",
        "generatedBy": "2.11.0",
        "modelTopology": {
            "node": [NODE],
            "library": {"function": [FUNCTION], "gradient": [{"functionName": "F", "gradientFunc": "G"}]},
            "versions": {"producer": 1286},
        },
        "signature": {"inputs": {"a": {"name": "a:0"}}, "outputs": {"y": {"name": "n:0"}}},
        "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": []}],
        "modelInitializer": {"node": [{"name": "table", "op": "HashTableV2"}]},
    }
    model = read(json.dumps(document))
    assert model.nodes[0] == Node(
        "n",
        "Op",
        "/cpu:0",
        ("a",),
        {"T": "DT_INT32", "U": "DT_HALF", "Ts": ("DT_FLOAT", "DT_INT32"), "none": ()},
        {"f": (FunctionRef("F", {"T": "$S"}),)},
        "special",
        {"data_format": "NHWC"},
    )
    assert [node.op for node in model.nodes] == ["Op", "HashTableV2"]
    function = model.functions["F"]
    assert (function.parameters[0].allowed, function.nodes[0].op, function.outputs) == (
        ("DT_HALF",),
        "NoOp",
        {"y": "x:z:0"},
    )
    assert model.gradients == {"F": "G"}
    assert model.signatures == {"serving_default": Signature("serving_default", {"a": "a:0"}, {"y": "n:0"})}
    assert (model.format, model.producer, model.tensorflow_version) == ("tfjs", 1286, "2.11.0")


def test_a_graphdef_in_json(read: Read) -> None:
    assert read(json.dumps({"node": [{"name": "n", "op": "NoOp", "attr": None}]})).nodes == (
        Node("n", "NoOp", "", (), {}, {}),
    )


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ({"modelTopology": {"model_config": {}, "keras_version": "2"}}, "Keras layers"),
        ({"format": "layers-model", "modelTopology": {}}, "Keras layers"),
        ({"class_name": "Functional", "config": {}}, "Keras layers"),
        ({"a": 1}, "JSON without a graph"),
        ({"node": []}, "has no nodes"),
        ({"node": {}}, "expected a list (at $.node)"),
        ({"node": [5]}, "expected an object, the NodeDef (at $.node[0])"),
        ({"modelTopology": {"node": [{"name": "n"}]}}, "the node 'n' has no op (at $.modelTopology.node[0])"),
        ({"node": [{"op": 5}]}, "expected a string (at $.node[0].op)"),
        ({"node": [{"op": "\ud800"}]}, "not UTF-8"),
        ({"node": [{"op": "O", "attr": []}]}, "expected an object (at $.node[0].attr)"),
        ({"node": [{"op": "O", "attr": {"T": {"type": "float"}}}]}, "whole number (at $.node[0].attr.T.type)"),
        ({"node": [{"op": "O", "attr": {"T": {"type": 1.5}}}]}, "whole number"),
        ({"node": [{"op": "O", "attr": {"_kernel": {"s": "!"}}}]}, "expected base64"),
        (["Add"], "expected a pair"),
        ([[]], "expected a pair"),
        ([["Add", "a", "b"]], "expected a pair"),
        ([["Add", 5]], "the class of a kernel, or nothing (at $[0][1])"),
        ([[""]], "the name of an op (at $[0][0])"),
        ([], "has no nodes"),
    ],
)
def test_other_json(refuse: Refuse, document: Any, what: str) -> None:
    assert what in refuse(json.dumps(document)).message


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"node": [\n  5,]}', "is not JSON: "),
        ('{"node": ' + "[" * 100_000, "nests too deep"),
        ('{"node": ' + "9" * 5000 + "}", "is not JSON: "),
        (b'{"node": "\xff"}', "is not UTF-8 (at byte 10)"),
    ],
)
def test_broken_json(refuse: Refuse, text: str | bytes, what: str) -> None:
    assert what in refuse(text).message


def test_calls_that_nest_without_end(refuse: Refuse) -> None:
    attr: dict[str, Any] = {}
    for _ in range(150):
        attr = {"func": {"name": "F", "attr": {"f": attr}}}
    assert "nest deeper" in refuse(json.dumps({"node": [{"op": "O", "attr": {"f": attr}}]})).message


def test_tensorflow_s_list_of_ops(read: Read) -> None:
    kernel = "BinaryOp<CPUDevice, functor::add<float>>"
    model = read(json.dumps([["Add", kernel], ["NoOp", ""], ["Sub", None], ["Mul"], ["Add", kernel]]))
    assert model.format == "ops-list"
    assert model.requests == (OpRequest("Add", {}, kernel), OpRequest("NoOp"), OpRequest("Sub"), OpRequest("Mul"))


def test_our_list_of_ops(read: Read) -> None:
    model = read(
        """
        # what the app builds by hand
        ops:
          - MatMul
          - Add: {T: [DT_FLOAT, INT32, half, float]}
          - Cast: {SrcT: float, DstT: [bfloat16]}
          - Relu:
          - {op: Sub, kernel: "BinaryOp<CPUDevice, functor::sub<float>>"}
          - op: Neg
        """.replace("\n        ", "\n")
    )
    assert model.format == "ops-yaml"
    assert model.requests == (
        OpRequest("MatMul"),
        OpRequest("Add", {"T": ("DT_FLOAT", "DT_INT32", "DT_HALF")}),
        OpRequest("Cast", {"SrcT": ("DT_FLOAT",), "DstT": ("DT_BFLOAT16",)}),
        OpRequest("Relu"),
        OpRequest("Sub", {}, "BinaryOp<CPUDevice, functor::sub<float>>"),
        OpRequest("Neg"),
    )


def test_our_list_in_json_and_without_libyaml(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    content = '{"ops": ["MatMul", {"Add": {"T": ["float"]}}, {"Relu": null}]}'
    expected = (OpRequest("MatMul"), OpRequest("Add", {"T": ("DT_FLOAT",)}), OpRequest("Relu"))
    assert read(content).requests == expected
    monkeypatch.delattr("yaml.CSafeLoader")
    assert read(content).requests == expected
    assert read("ops: [MatMul, Add: {T: float}, Relu: ]").requests == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("ops:\n- Add: {T: flaot}\n", "'flaot' is not a dtype (at 2:12)"),
        ("ops:\n- Add: {T: []}\n", "no dtype for 'T'"),
        ("ops:\n- Add: float\n", "expected '{attr: [dtypes]}' after the op (at 2:8)"),
        ("ops:\n- Add: {T: float}\n  Sub: {T: float}\n", "expected an op's name"),
        ("ops:\n- {op: A, kernle: B}\n", "unknown key 'kernle' beside 'op' and 'kernel' (at 2:19)"),
        ("ops:\n- {op: A, kernel: }\n", "'kernel' must be"),
        ("ops:\n- {op: [A]}\n", "'op' must be the name"),
        ("ops:\n- two words\n", "'two words' is not the name of an op (at 2:3)"),
        ("ops:\n- [A]\n", "expected an op's name"),
        ("ops:\n  A: B\n", "'ops' must be a list (at 2:3)"),
        ("ops: [A]\nopts: [B]\n", "unknown key 'opts'; only 'ops' is known (at 2:7)"),
        ("ops: [A]\nops: [B]\n", "the key 'ops' is there twice (at 2:1)"),
        ("ops:\n- A: {T: float, T: half}\n", "the key 'T' is there twice (at 2:17)"),
        ("ops: &a [A, *a]\n", "the alias *a is not allowed here (at 1:13)"),
        ("ops: [A]\n---\nops: [B]\n", "second YAML document"),
        ("ops:\n- ? [A]\n  : B\n", "a key must be a word"),
        ("ops:\n- A\nB\n", "is not YAML: "),
        ("ops:\n- '\n", "is not YAML: "),
        ("ops:\n", "'ops' must be a list"),
        ("ops: []\n", "has no nodes"),
        ("ops: " + "[" * 10_000, "nest too deep"),
        (b"ops: [\xff]", "is not UTF-8"),
    ],
)
def test_mistakes_in_our_list(refuse: Refuse, text: str | bytes, what: str) -> None:
    assert what in refuse(text).message


def test_an_alias_bomb(refuse: Refuse) -> None:
    lines = ["ops:", "- &a0 [x, x]"] + [f"- &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert "alias" in refuse("\n".join(lines)).message
