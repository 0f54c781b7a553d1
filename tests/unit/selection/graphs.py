"""GraphDef messages as usage, for tests that have TensorFlow make or run a graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opsieve.models.usage import Function, FunctionRef, Model, Node, TypeParameter, TypeValue


def to_model(graph_def: Any, path: str = "m.pb") -> Model:
    library = graph_def.library
    return Model(
        path,
        "graphdef",
        "0",
        _nodes(graph_def.node),
        {one.signature.name: _function(one) for one in library.function},
        {one.function_name: one.gradient_func for one in library.gradient},
    )


def _function(definition: Any) -> Function:
    parameters = tuple(
        TypeParameter(one.name, one.type == "list(type)") for one in definition.signature.attr if "type" in one.type
    )
    return Function(definition.signature.name, parameters, _nodes(definition.node_def))


def _nodes(nodes: Iterable[Any]) -> tuple[Node, ...]:
    return tuple(
        Node(
            one.name,
            one.op,
            one.device,
            tuple(one.input),
            _types(one.attr),
            {name: refs for name, value in one.attr.items() if (refs := _functions(value))},
            one.attr["_kernel"].s.decode() if "_kernel" in one.attr else "",
        )
        for one in nodes
    )


def _functions(value: Any) -> tuple[FunctionRef, ...]:
    refs = [value.func] if value.HasField("func") else value.list.func
    return tuple(FunctionRef(one.name, _types(one.attr)) for one in refs)


def _types(attrs: Any) -> dict[str, TypeValue]:
    from tensorflow.core.framework import types_pb2

    found: dict[str, TypeValue] = {}
    for name, value in attrs.items():
        kind = value.WhichOneof("value")
        if kind == "type":
            found[name] = types_pb2.DataType.Name(value.type)
        elif kind == "placeholder":
            found[name] = f"${value.placeholder}"
        elif kind == "list" and len(value.list.type) == sum(len(part) for _, part in value.list.ListFields()):
            found[name] = tuple(map(types_pb2.DataType.Name, value.list.type))
    return found
