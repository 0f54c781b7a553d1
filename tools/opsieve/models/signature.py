"""The part of a model that one signature needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from opsieve.errors import OpsieveError
from opsieve.models.contents import Contents
from opsieve.models.usage import FunctionRef, Node


def only_signature(contents: Contents, name: str, shown: str) -> Contents:
    """What the outputs of a signature reach backwards through inputs and control inputs, and the functions of that.

    What only loading needs, such as the node that fills hash tables, is not of the signature.

    Raises:
        OpsieveError: there is no such signature, or it or an input names a node that does not exist.
    """
    signature = contents.signatures.get(name)
    if signature is None:
        listed = ", ".join(sorted(contents.signatures)) or "none"
        raise OpsieveError(f"{shown}: has no signature {name!r}", hint=f"The signatures there are: {listed}")
    by_name = {node.name: node for node in contents.nodes}
    pending = [(node_name(tensor), f"the signature {name!r}") for tensor in signature.outputs.values() if tensor]
    reached: set[str] = set()
    while pending:
        wanted, user = pending.pop()
        if wanted in reached:
            continue
        if wanted not in by_name:
            raise OpsieveError(f"{shown}: {user} uses the node {wanted!r}, which does not exist")
        reached.add(wanted)
        pending += [(node_name(each), f"the node {wanted!r}") for each in by_name[wanted].inputs]
    nodes = tuple(node for node in contents.nodes if node.name in reached)
    names = reachable_functions(contents, nodes)
    return replace(
        contents,
        nodes=nodes,
        functions={key: value for key, value in contents.functions.items() if key in names},
        gradients={key: value for key, value in contents.gradients.items() if key in names},
    )


def node_name(tensor: str) -> str:
    """The node of an input or tensor name: ``"^a"``, ``"a:1"`` and ``"a"`` are all of ``"a"``."""
    name = tensor.removeprefix("^")
    head, separator, index = name.rpartition(":")
    return head if separator and index.isdigit() else name


def reachable_functions(contents: Contents, nodes: Iterable[Node]) -> set[str]:
    """The names of the library's functions that these nodes call, directly or through functions and gradients."""
    reached: set[str] = set()
    pending = [name for node in nodes for name in _called(node)]
    while pending:
        name = pending.pop()
        if name in reached or name not in contents.functions:
            continue
        reached.add(name)
        pending += [each for node in contents.functions[name].nodes for each in _called(node)]
        if name in contents.gradients:
            pending.append(contents.gradients[name])
    return reached


def _called(node: Node) -> Iterator[str]:
    yield node.op
    pending: list[FunctionRef] = [each for refs in node.functions.values() for each in refs]
    while pending:
        reference = pending.pop()
        yield reference.name
        pending += [each for refs in reference.functions.values() for each in refs]
