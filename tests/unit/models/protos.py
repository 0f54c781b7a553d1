"""The oracle: the same plain results as the readers', from a walk over TensorFlow's own parsed protos."""

from __future__ import annotations

from typing import Any

from opsieve.models.usage import Function, FunctionRef, Model, Node, TypeParameter


def expected(proto: Any) -> tuple[Any, ...]:
    """What a GraphDef holds: nodes, functions, gradients and producer."""
    functions = {}
    for each in proto.library.function:
        parameters = tuple(
            TypeParameter(
                attr.name,
                attr.type == "list(type)",
                tuple(_dtype(number) for number in attr.allowed_values.list.type),
                _types(attr.default_value) if attr.HasField("default_value") else None,
            )
            for attr in each.signature.attr
            if attr.type in ("type", "list(type)")
        )
        nodes = tuple(_node(node) for node in each.node_def)
        functions[each.signature.name] = Function(each.signature.name, parameters, nodes, dict(each.ret))
    gradients = {each.function_name: each.gradient_func for each in proto.library.gradient}
    producer = proto.versions.producer if proto.HasField("versions") else None
    return tuple(_node(node) for node in proto.node), functions, gradients, producer


def parts(model: Model) -> tuple[Any, ...]:
    """The same of what was read."""
    return model.nodes, model.functions, model.gradients, model.producer


def _node(proto: Any) -> Node:
    types, functions = _attrs(proto.attr)
    label = proto.attr["_kernel"].s.decode() if "_kernel" in proto.attr else ""
    values = {
        key: value for key, attr in proto.attr.items() if (value := _value(attr)) is not None and key != "_kernel"
    }
    return Node(proto.name, proto.op, proto.device, tuple(proto.input), types, functions, label, values)


def _value(attr: Any) -> str | int | bool | None:
    kind = attr.WhichOneof("value")
    if kind in ("i", "b"):
        return getattr(attr, kind)
    if kind != "s" or len(attr.s) > 4096:
        return None
    try:
        return attr.s.decode()
    except UnicodeDecodeError:
        return None


def _attrs(attrs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    types, functions = {}, {}
    for key, value in attrs.items():
        if _types(value) is not None:
            types[key] = _types(value)
        which = value.WhichOneof("value")
        calls = [value.func] if which == "func" else list(value.list.func) if which == "list" else []
        if calls:
            functions[key] = tuple(FunctionRef(call.name, *_attrs(call.attr)) for call in calls)
    return types, functions


def _types(value: Any) -> Any:
    which = value.WhichOneof("value")
    if which == "type":
        return _dtype(value.type)
    if which == "placeholder":
        return "$" + value.placeholder
    if which == "list" and {field.name for field, _ in value.list.ListFields()} <= {"type"}:
        return tuple(_dtype(number) for number in value.list.type)
    return None


def _dtype(number: int) -> str:
    from tensorflow.core.framework import types_pb2

    names = {value: name for name, value in types_pb2.DataType.items()}
    return names.get(number, f"DT_{number}")
