"""What TensorFlow itself says of a graph: the ops in it, and the kernel class that its registry finds for each node.

The reference that opsieve's selections are compared with. It reads models with TensorFlow's own protocol buffers and
asks TryFindKernelClass (tensorflow/python/util/kernel_registry.cc), as print_selective_registration_header does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Needs:
    """``kernels`` holds (op, class text without spaces); ``without_kernel`` maps an op to a node with no CPU kernel."""

    ops: set[str] = field(default_factory=set)
    kernels: set[tuple[str, str]] = field(default_factory=set)
    without_kernel: dict[str, str] = field(default_factory=dict)


def needs_of_model(path: Path, model_format: str) -> Needs:
    """What the main graph and every function body of a model need on the CPU."""
    needs = Needs()
    for graph in graphs_of_model(path, model_format):
        add_nodes(needs, bound_nodes(graph), {function.signature.name for function in graph.library.function})
    return needs


def add_nodes(needs: Needs, nodes: Iterable[Any], functions: set[str]) -> None:
    """Count nodes in; those whose op is the name of a function are calls, which have no kernel."""
    from tensorflow.python.util import _pywrap_kernel_registry as registry

    asked: set[bytes] = set()
    for original in nodes:
        if original.op in functions:
            continue
        node = _question(original)
        question = node.SerializeToString(deterministic=True)
        if question in asked:
            continue
        asked.add(question)
        needs.ops.add(node.op)
        class_text = registry.TryFindKernelClass(question).decode()
        if class_text:
            needs.kernels.add((node.op, class_text.replace(" ", "")))
        else:
            needs.without_kernel.setdefault(node.op, original.name)


def kernel_class(op: str, types: Iterable[tuple[str, str | tuple[str, ...]]], label: str = "") -> str:
    """The class text, without spaces, of the CPU kernel of a node with these type attrs; "" where there is none."""
    from tensorflow.core.framework import node_def_pb2, types_pb2
    from tensorflow.python.util import _pywrap_kernel_registry as registry

    node = node_def_pb2.NodeDef(op=op, device="/device:CPU:0")
    for name, value in types:
        if isinstance(value, str):
            node.attr[name].type = types_pb2.DataType.Value(value)
        else:
            node.attr[name].list.type.extend(map(types_pb2.DataType.Value, value))
    if label:
        node.attr["_kernel"].s = label.encode()
    text: str = registry.TryFindKernelClass(node.SerializeToString(deterministic=True)).decode()
    return text.replace(" ", "")


def _question(original: Any) -> Any:
    """A node on the CPU with what a kernel is chosen by; most nodes ask the same, and constants are large."""
    node = type(original)(op=original.op, device="/device:CPU:0")
    for name, value in original.attr.items():
        if value.WhichOneof("value") in ("type", "list", "s", "i", "b"):
            node.attr[name].CopyFrom(value)
    return node


def graphs_of_model(path: Path, model_format: str) -> list[Any]:
    """The GraphDefs of a model of the zoo."""
    from google.protobuf import json_format, text_format
    from tensorflow.core.framework import graph_pb2
    from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

    if model_format == "graphdef":
        return [graph_pb2.GraphDef.FromString(path.read_bytes())]
    if model_format == "graphdef-text":
        return [text_format.Parse(path.read_text(encoding="utf-8"), graph_pb2.GraphDef())]
    if model_format == "metagraph":
        return [meta_graph_pb2.MetaGraphDef.FromString(path.read_bytes()).graph_def]
    if model_format == "savedmodel":
        saved = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
        return [meta_graph.graph_def for meta_graph in saved.meta_graphs]
    if model_format == "tfjs":
        topology = json.loads(path.read_text(encoding="utf-8"))["modelTopology"]
        return [json_format.ParseDict(topology, graph_pb2.GraphDef())]
    raise ValueError(model_format)


def bound_nodes(graph: Any) -> Iterator[Any]:
    """Every node of a graph and of its functions, with the placeholders for types replaced by what callers bind."""
    functions = {function.signature.name: function for function in graph.library.function}
    open_functions = {name for name, function in functions.items() if _is_open(function)}
    pending: list[tuple[str, dict[str, Any]]] = []
    seen: set[tuple[str, str]] = set()

    def visit(nodes: Iterable[Any], bound: dict[str, Any]) -> Iterator[Any]:
        for original in nodes:
            node = _substituted(original, bound) if bound else original
            for name, attrs in _calls(node):
                if name in open_functions:
                    pending.append((name, attrs))
            yield node

    yield from visit(graph.node, {})
    for name, function in functions.items():
        if name not in open_functions:
            yield from visit(function.node_def, {})
    while pending:
        name, values = pending.pop()
        key = (name, repr(sorted((attr, value.SerializeToString()) for attr, value in values.items())))
        if key not in seen:
            seen.add(key)
            yield from visit(functions[name].node_def, values)


def _calls(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    yield node.op, dict(node.attr)
    for value in node.attr.values():
        for call in (value.func, *value.list.func):
            yield call.name, dict(call.attr)


def _substituted(original: Any, bound: dict[str, Any]) -> Any:
    node = type(original)()
    node.CopyFrom(original)
    for name in node.attr:
        _bind(node.attr[name], bound)
    return node


def _is_open(function: Any) -> bool:
    return any(parameter.type in ("type", "list(type)") for parameter in function.signature.attr)


def _bind(value: Any, bound: dict[str, Any]) -> None:
    if value.placeholder in bound:
        value.CopyFrom(bound[value.placeholder])
    for call in (value.func, *value.list.func):
        for name in call.attr:
            _bind(call.attr[name], bound)
