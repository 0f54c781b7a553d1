"""What ``opsieve scan`` tells of a model: its ops with their types, counted, and its functions and signatures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from opsieve.models.usage import Model, Node, Signature, TypeValue

Types = tuple[tuple[str, TypeValue], ...]
"""The type-valued attrs of a node, sorted by name."""


@dataclass(frozen=True, slots=True)
class OpUse:
    """How often an op is used, altogether and with each combination of types, the most frequent first."""

    op: str
    count: int
    types: tuple[tuple[Types, int], ...]
    is_function: bool = False


@dataclass(frozen=True, slots=True)
class FunctionUse:
    """A function of the library: its type parameters, and how many nodes its body has."""

    name: str
    parameters: tuple[str, ...]
    nodes: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A model at a glance. ``nodes`` counts the main graph, ``function_nodes`` all function bodies."""

    path: str
    format: str
    sha256: str
    producer: int | None
    tensorflow_version: str | None
    tags: tuple[str, ...]
    nodes: int
    function_nodes: int
    ops: tuple[OpUse, ...]
    functions: tuple[FunctionUse, ...]
    signatures: tuple[Signature, ...]


def summarize(model: Model) -> Summary:
    """Count the ops of the main graph and of every function body; ops that are only requested count 0."""
    counts: dict[str, Counter[Types]] = {}
    for _, nodes in model.bodies():
        for node in nodes:
            counts.setdefault(node.op, Counter())[_types(node)] += 1
    for request in model.requests:
        combination = tuple(sorted(request.types.items()))
        counts.setdefault(request.op, Counter())[combination] += 0
    return Summary(
        path=model.path,
        format=model.format,
        sha256=model.sha256,
        producer=model.producer,
        tensorflow_version=model.tensorflow_version,
        tags=model.tags,
        nodes=len(model.nodes),
        function_nodes=sum(len(function.nodes) for function in model.functions.values()),
        ops=tuple(_op_use(op, counts[op], model) for op in sorted(counts)),
        functions=tuple(
            FunctionUse(name, tuple(each.name for each in function.parameters), len(function.nodes))
            for name, function in sorted(model.functions.items())
        ),
        signatures=tuple(model.signatures[name] for name in sorted(model.signatures)),
    )


def _types(node: Node) -> Types:
    # An empty list does not say of what it is one; here it would only be noise.
    return tuple(sorted((name, value) for name, value in node.types.items() if value != ()))


def _op_use(op: str, counter: Counter[Types], model: Model) -> OpUse:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], repr(item[0])))
    return OpUse(op, sum(counter.values()), tuple(ordered), op in model.functions)
