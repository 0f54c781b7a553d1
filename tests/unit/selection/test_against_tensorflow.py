"""select() against the registry and the lookup of an installed TensorFlow."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from opsieve.models.usage import Model, Node
from opsieve.selection.kernelless import kernelless_ops
from opsieve.selection.select import select
from opsieve.tree.index import Kernel
from unit.selection.wheel import DTYPE_ATTRS, Wheel, read_wheel

_CASES_PER_OP = 8


@pytest.fixture(scope="module")
def wheel() -> Wheel:
    pytest.importorskip("tensorflow", reason="compares with the kernel registry of an installed tensorflow")
    return read_wheel()


def _random_values(wheel: Wheel, op: str, chance: random.Random) -> dict[str, str | int | bool]:
    """Values for the attrs that limit a kernel of the op: mostly ones that a kernel takes; some left out."""
    near = chance.choice(wheel.index.kernels.get(op) or (None,))
    values: dict[str, str | int | bool] = {}
    for name in sorted({name for one in wheel.index.kernels.get(op, ()) for name in one.value_constraints}):
        taken = near.value_constraints.get(name) if near else None
        if taken and chance.random() < 0.7:
            values[name] = chance.choice(taken)
        elif chance.random() < 0.8:
            kind = next(one.type for one in wheel.op_defs[op].attr if one.name == name)
            values[name] = {"string": chance.choice(["NHWC", "NCHW", "other"]), "int": chance.randrange(-2, 3)}.get(
                kind, chance.random() < 0.5
            )
    return values


def _random_types(wheel: Wheel, op: str, chance: random.Random) -> dict[str, str | tuple[str, ...]]:
    """Types for a node: mostly ones that a kernel takes together, so that matches are not rare; some left out."""
    common = ["DT_FLOAT", "DT_INT32", "DT_INT64", "DT_DOUBLE", "DT_STRING", "DT_BOOL", "DT_HALF", "DT_RESOURCE"]
    every = [name for number, name in wheel.dtypes.items() if number]
    kernels = wheel.index.kernels.get(op, ())
    near: Kernel | None = chance.choice(kernels) if kernels and chance.random() < 0.8 else None
    types: dict[str, str | tuple[str, ...]] = {}
    for attr in wheel.op_defs[op].attr:
        if attr.type not in DTYPE_ATTRS or chance.random() < 0.1:
            continue
        pool = chance.choice([common, every])
        if near and chance.random() < 0.9:
            pool = list(near.constraints.get(attr.name, common))
        if attr.type == "type":
            types[attr.name] = chance.choice(pool)
        else:
            types[attr.name] = tuple(chance.choice(pool) for _ in range(chance.randrange(2)))
    return types


def _node_def(wheel: Wheel, node: Node) -> Any:
    """The node as TensorFlow sees it after import: the op definition's defaults filled in."""
    from tensorflow.core.framework import node_def_pb2

    numbers = {name: number for number, name in wheel.dtypes.items()}
    made = node_def_pb2.NodeDef(name=node.name, op=node.op, device="/cpu:0")
    for attr in wheel.op_defs[node.op].attr:
        if attr.HasField("default_value"):
            made.attr[attr.name].CopyFrom(attr.default_value)
    for name, value in node.types.items():
        made.attr[name].Clear()
        if isinstance(value, str):
            made.attr[name].type = numbers[value]
        else:
            made.attr[name].list.SetInParent()
            made.attr[name].list.type.extend(numbers[one] for one in value)
    for name, value in node.values.items():
        field = {str: "s", bool: "b", int: "i"}[type(value)]
        setattr(made.attr[name], field, value.encode() if isinstance(value, str) else value)
    if node.label:
        made.attr["_kernel"].s = node.label.encode()
    return made


def _labels(wheel: Wheel, op: str) -> list[str]:
    return sorted({kernel.label for kernel in wheel.index.kernels.get(op, ())} | {""})


def _chosen(wheel: Wheel, nodes: list[Node]) -> list[int | None]:
    """For each node the definition that select() takes; None where it is unresolved. Each is a model of its own."""
    models = [Model(str(number), "graphdef", "0", (node,)) for number, node in enumerate(nodes)]
    selection = select(models, wheel.index, source="wheel")
    found: dict[int, int | None] = {}
    for kernel in selection.kernels:
        for reason in kernel.reasons:
            if reason.rule:
                continue  # what the runtime adds, whatever the node is
            assert int(reason.model) not in found, "more than one kernel for a node whose types are all known"
            found[int(reason.model)] = kernel.line
    for one in selection.unresolved:
        for reason in one.reasons:
            assert found.setdefault(int(reason.model)) is None
    assert all(number in found or node.op in kernelless_ops() for number, node in enumerate(nodes))
    return [found.get(number) for number in range(len(nodes))]


def _compare(wheel: Wheel, nodes: list[Node]) -> tuple[int, dict[int, str]]:
    """Compare every node; give back how many matched, and the class text of each definition that was chosen."""
    class_of: dict[int, str] = {}
    matched = 0
    for node, chosen in zip(nodes, _chosen(wheel, nodes), strict=True):
        expected = wheel.try_find(_node_def(wheel, node))
        assert (chosen is not None) == (expected is not None), node
        if chosen is not None and expected is not None:
            matched += 1
            # A definition has one class: whatever node leads to it, TensorFlow names the same text.
            assert class_of.setdefault(chosen, expected) == expected, node
    return matched, class_of


@pytest.mark.parametrize("seed", range(2))
def test_random_nodes_of_every_op(wheel: Wheel, seed: int) -> None:
    chance = random.Random(seed)
    nodes = [
        Node(
            "n",
            op,
            "/device:GPU:0",
            (),
            _random_types(wheel, op, chance),
            {},
            chance.choice(_labels(wheel, op)) if case % 4 == 0 else "",
            _random_values(wheel, op, chance),
        )
        for op in sorted(wheel.op_defs)
        for case in range(_CASES_PER_OP)
    ]
    matched, _ = _compare(wheel, nodes)
    # Both answers are common, so that a matcher which always gives one of them fails.
    assert len(nodes) > 14_000
    assert 0.3 * len(nodes) < matched < 0.8 * len(nodes)


def test_nodes_made_for_every_definition(wheel: Wheel) -> None:
    """Nodes from each definition's own constraints: nearly every definition is chosen by one."""
    nodes = []
    for op, kernels in sorted(wheel.index.kernels.items()):
        if op not in wheel.op_defs:
            continue
        kinds = {one.name: one.type for one in wheel.op_defs[op].attr if one.type in DTYPE_ATTRS}
        for kernel, pick in itertools.product(kernels, (0, -1)):
            types: dict[str, str | tuple[str, ...]] = {}
            for name, kind in kinds.items():
                dtype = kernel.constraints.get(name, ("DT_FLOAT",))[pick]
                types[name] = dtype if kind == "type" else (dtype, dtype)
            values = {name: allowed[pick] for name, allowed in kernel.value_constraints.items()}
            nodes.append(Node("n", op, "", (), types, {}, kernel.label, values))
    _, class_of = _compare(wheel, nodes)
    assert len(class_of) > 8000


@pytest.mark.parametrize("op", ["ApproxTopK", "Conv2DBackpropFilter", "DepthToSpace", "SpaceToDepth"])
def test_values_decide_between_kernels(wheel: Wheel, op: str) -> None:
    """Every kernel that is limited by a value is chosen by some node, and refused for another value."""
    chance = random.Random(op)
    labels = _labels(wheel, op)
    nodes = [
        Node(
            "n",
            op,
            "",
            (),
            _random_types(wheel, op, chance),
            {},
            chance.choice(labels),
            _random_values(wheel, op, chance),
        )
        for _ in range(400)
    ]
    matched, class_of = _compare(wheel, nodes)
    assert 0 < matched < len(nodes)
    limited = {one.line for one in wheel.index.kernels[op] if one.value_constraints and one.device == "CPU"}
    assert limited & class_of.keys()
