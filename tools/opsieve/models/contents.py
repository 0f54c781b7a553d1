"""What a reader hands back, and how messages read as trees become usage."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from opsieve.models.schema import FUNCTION_DEF, NODE_DEF, Malformed, Message, Tree
from opsieve.models.usage import (
    Function,
    FunctionRef,
    Node,
    OpRequest,
    Saver,
    Signature,
    TypeParameter,
    TypeValue,
    Value,
)

INIT_SIGNATURE = "__saved_model_init_op"
"""The signature by which TensorFlow 2 names what loading runs (kSavedModelInitOpSignatureKey in
tensorflow/cc/saved_model/constants.h)."""

INIT_COLLECTIONS = ("saved_model_main_op", "legacy_init_op")
"""The collections by which TensorFlow 1 does (kSavedModelMainOpKey and kSavedModelLegacyInitOpKey there)."""

KERNEL_LABEL = "_kernel"
"""The attr that names a kernel label (kKernelAttr in tensorflow/core/framework/op_kernel.cc)."""


@dataclass(slots=True)
class Contents:
    """What was read from one file; the fields are those of Model."""

    nodes: tuple[Node, ...] = ()
    functions: dict[str, Function] = field(default_factory=dict)
    gradients: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, Signature] = field(default_factory=dict)
    requests: tuple[OpRequest, ...] = ()
    tags: tuple[str, ...] = ()
    producer: int | None = None
    tensorflow_version: str | None = None
    saver: Saver | None = None
    initializers: tuple[str, ...] = ()


@dataclass(slots=True)
class Attrs:
    """The attrs of a node, a function call or a function's signature that matter, by what they hold."""

    types: dict[str, TypeValue] = field(default_factory=dict)
    functions: dict[str, tuple[FunctionRef, ...]] = field(default_factory=dict)
    label: str = ""
    values: dict[str, Value] = field(default_factory=dict)


def type_value(value: Tree) -> TypeValue | None:
    """What an AttrValue holds of dtypes: a name, a tuple of names, a placeholder as ``"$T"``, or None.

    An empty list is an empty tuple: an AttrValue does not say of what an empty list is one.
    """
    if "type" in value:
        return str(value["type"])
    if "placeholder" in value:
        return "$" + str(value["placeholder"])
    if "list" in value and not value["list"].keys() - {"type"}:
        return tuple(value["list"].get("type", ()))
    return None


def function_values(value: Tree) -> tuple[FunctionRef, ...]:
    """The functions that an AttrValue refers to."""
    if "func" in value:
        return (_function_ref(value["func"]),)
    if "list" in value:
        return tuple(_function_ref(each) for each in value["list"].get("func", ()))
    return ()


def attrs(values: dict[str, Tree]) -> Attrs:
    """Sort a map of AttrValue by what each one holds."""
    result = Attrs()
    for key, value in values.items():
        types = type_value(value)
        if types is not None:
            result.types[key] = types
        functions = function_values(value)
        if functions:
            result.functions[key] = functions
        if key == KERNEL_LABEL and value.get("s"):
            result.label = text(value["s"])
        elif (plain := plain_value(value)) is not None:
            result.values[key] = plain
    return result


def plain_value(value: Tree) -> Value | None:
    """The string, integer or truth value that an AttrValue holds; None for anything else, and for other bytes."""
    if value.get("s") is not None:
        try:
            return sys.intern(value["s"].decode())
        except UnicodeDecodeError:
            return None
    for kind in ("i", "b"):
        if kind in value:
            found: int | bool = value[kind]
            return found
    return None


def text(value: bytes) -> str:
    """A ``bytes`` value that should be a word.

    Raises:
        Malformed: it is not UTF-8.
    """
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"the attr {KERNEL_LABEL!r} is not UTF-8") from error


def node(tree: Tree) -> Node:
    """A NodeDef.

    Raises:
        Malformed: it has no op.
    """
    found = attrs(tree.get("attr", {}))
    return Node(
        name=tree.get("name", ""),
        op=named_op(tree.get("op", ""), tree.get("name", "")),
        device=sys.intern(tree.get("device", "")),
        inputs=tuple(tree.get("input", ())),
        types=found.types,
        functions=found.functions,
        label=found.label,
        values=found.values,
    )


def named_op(op: str, name: str) -> str:
    """The op of a node, which it must have.

    Raises:
        Malformed: it has none.
    """
    if not op:
        raise Malformed(f"the node {name!r} has no op")
    return sys.intern(op)


def function(tree: Tree) -> Function:
    """A FunctionDef, of today's form or of the one before TensorFlow 0.12 (FunctionDef.Node).

    Raises:
        Malformed: it has no name.
    """
    signature = tree.get("signature", {})
    name = signature.get("name", "")
    if not name:
        raise Malformed("a function has no name")
    legacy = tree.get("node", [])
    outputs = dict(tree.get("ret", {}))
    if legacy and not outputs:
        # There the results of the function are the values that its nodes name like its outputs.
        outputs = {each.get("name", ""): each.get("name", "") for each in signature.get("output_arg", [])}
    return Function(
        name=name,
        parameters=tuple(_parameters(signature)),
        nodes=tuple(_legacy_node(each) for each in legacy) + tuple(tree.get("node_def", ())),
        outputs=outputs,
    )


BUILDERS: dict[Message, Callable[[Tree], Any]] = {NODE_DEF: node, FUNCTION_DEF: function}
"""What a message is turned into as soon as it is whole, so that no tree of the whole graph exists."""


def graph(tree: Tree) -> Contents:
    """A GraphDef whose nodes and functions are built already.

    Raises:
        Malformed: two functions of one name differ.
    """
    library = tree.get("library", {})
    functions: dict[str, Function] = {}
    for each in library.get("function", ()):
        if functions.setdefault(each.name, each) != each:
            raise Malformed(f"the function {each.name!r} is there twice, and differs")
    return Contents(
        nodes=tuple(tree.get("node", ())),
        functions=functions,
        gradients={
            each.get("function_name", ""): each.get("gradient_func", "") for each in library.get("gradient", ())
        },
        producer=tree["versions"].get("producer", 0) if "versions" in tree else None,
    )


def meta_graph(tree: Tree) -> Contents:
    """A MetaGraphDef."""
    result = graph(tree.get("graph_def", {}))
    information = tree.get("meta_info_def", {})
    result.tags = tuple(sorted(set(information.get("tags", ()))))
    result.tensorflow_version = information.get("tensorflow_version") or None
    result.signatures = {name: signature(name, each) for name, each in sorted(tree.get("signature_def", {}).items())}
    if "saver_def" in tree:
        saver = tree["saver_def"]
        names = (saver.get(f"{part}_name", "") for part in ("filename_tensor", "save_tensor", "restore_op"))
        result.saver = Saver(*names)
    result.initializers = tuple(sorted(_initializers(tree)))
    return result


def _initializers(tree: Tree) -> set[str]:
    """The ops that LoadSavedModel (tensorflow/cc/saved_model/loader.cc, GetInitOp) runs."""
    collections = tree.get("collection_def", {})
    found = {
        name for key in INIT_COLLECTIONS for name in collections.get(key, {}).get("node_list", {}).get("value", ())
    }
    init = tree.get("signature_def", {}).get(INIT_SIGNATURE, {})
    return found | {name for name in _tensors(init.get("outputs", {})).values() if name}


def signature(name: str, tree: Tree) -> Signature:
    """A SignatureDef."""
    return Signature(
        name=name,
        inputs=_tensors(tree.get("inputs", {})),
        outputs=_tensors(tree.get("outputs", {})),
        method=tree.get("method_name", ""),
    )


def _function_ref(tree: Tree) -> FunctionRef:
    found = attrs(tree.get("attr", {}))
    return FunctionRef(name=tree.get("name", ""), types=found.types, functions=found.functions)


def _parameters(signature: Tree) -> list[TypeParameter]:
    result = []
    for each in signature.get("attr", ()):
        if each.get("type") in ("type", "list(type)"):
            allowed = each.get("allowed_values", {}).get("list", {}).get("type", ())
            default = type_value(each["default_value"]) if "default_value" in each else None
            result.append(TypeParameter(each.get("name", ""), each["type"] == "list(type)", tuple(allowed), default))
    return result


def _legacy_node(tree: Tree) -> Node:
    name = next(iter(tree.get("ret", ())), "")
    inputs = (*tree.get("arg", ()), *(f"^{each}" for each in tree.get("dep", ())))
    return node({"name": name, "op": tree.get("op", ""), "input": inputs, "attr": tree.get("attr", {})})


def _tensors(infos: dict[str, Tree]) -> dict[str, str]:
    result: dict[str, str] = {}
    for name, info in sorted(infos.items()):
        pending = [(name, info)]
        while pending:
            label, each = pending.pop()
            if "coo_sparse" in each:
                for part in ("values", "indices", "dense_shape"):
                    result[f"{label}.{part}"] = each["coo_sparse"].get(f"{part}_tensor_name", "")
            elif "composite_tensor" in each:
                parts = each["composite_tensor"].get("components", ())
                pending += [(f"{label}.{index}", part) for index, part in reversed(list(enumerate(parts)))]
            else:
                result[label] = each.get("name", "")
    return result
