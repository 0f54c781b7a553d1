"""The registry of an installed TensorFlow, as an index: an oracle that shares nothing with opsieve's own reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opsieve.tree.index import Attr, Index, Kernel, OpDefinition

DTYPE_ATTRS = ("type", "list(type)")


@dataclass(frozen=True)
class Wheel:
    """``op_defs`` are TensorFlow's own OpDef messages, by op."""

    index: Index
    op_defs: dict[str, Any]
    dtypes: dict[int, str]

    def try_find(self, node_def: Any) -> str | None:
        """The class text TensorFlow finds for a node on the CPU; None where it finds no kernel."""
        from tensorflow.python.util import _pywrap_kernel_registry

        found = _pywrap_kernel_registry.TryFindKernelClass(node_def.SerializeToString())
        return found.decode() if found else None


def read_wheel() -> Wheel:
    from tensorflow.core.framework import op_def_pb2, types_pb2
    from tensorflow.python.client import pywrap_tf_session
    from tensorflow.python.framework import kernels as registered

    dtypes = {number: name for name, number in types_pb2.DataType.items()}
    ops = op_def_pb2.OpList()
    ops.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    op_defs = {one.name: one for one in ops.op}
    by_op: dict[str, list[Kernel]] = {}
    for line, definition in enumerate(registered.get_all_registered_kernels().kernel):
        by_op.setdefault(definition.op, []).append(_kernel(definition, line, dtypes))
    index = Index(
        "wheel",
        "desktop",
        {},
        {name: _definition(one, dtypes) for name, one in op_defs.items()},
        {name: tuple(kernels) for name, kernels in by_op.items()},
    )
    return Wheel(index, op_defs, dtypes)


def _kernel(definition: Any, line: int, dtypes: dict[int, str]) -> Kernel:
    constraints: dict[str, tuple[str, ...]] = {}
    values: dict[str, tuple[str | int | bool, ...]] = {}
    for one in definition.constraint:
        allowed = one.allowed_values.list
        if allowed.type:
            constraints[one.name] = tuple(dtypes[number] for number in allowed.type)
        else:
            values[one.name] = (*allowed.i, *allowed.b, *(text.decode() for text in allowed.s))
    # The registry does not say the class text of a definition; the line tells definitions apart.
    return Kernel(
        definition.op,
        f"definition {line}",
        definition.device_type,
        constraints,
        "wheel",
        line,
        definition.label,
        definition.priority,
        value_constraints=values,
    )


def _definition(op_def: Any, dtypes: dict[int, str]) -> OpDefinition:
    attrs = tuple(
        Attr(
            one.name,
            one.type,
            tuple(dtypes[number] for number in one.allowed_values.list.type),
            _default(one, dtypes),
        )
        for one in op_def.attr
    )
    return OpDefinition(op_def.name, attrs, "wheel", 0)


def _default(attr: Any, dtypes: dict[int, str]) -> str | tuple[str, ...] | None:
    if not attr.HasField("default_value"):
        return None
    if attr.type not in DTYPE_ATTRS:
        value = attr.default_value
        texts = {"string": f"'{value.s.decode('utf-8', 'replace')}'", "int": str(value.i), "bool": str(value.b).lower()}
        return texts.get(attr.type)
    if attr.type == "type":
        return dtypes[attr.default_value.type]
    return tuple(dtypes[number] for number in attr.default_value.list.type)
