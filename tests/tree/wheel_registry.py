"""What an installed TensorFlow has registered: kernels with their class texts, and op definitions.

Uses ``get_all_registered_kernels()`` of tensorflow/python/framework/kernels.py and ``TryFindKernelClass`` of
tensorflow/python/util/kernel_registry.cc, which answers with the text given to the registration macro.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Enough for every kernel of 2.14 (the largest constraint allows 19 dtypes); a guard, not a sample.
_MOST_COMBINATIONS = 4096


@dataclass(frozen=True)
class WheelKernel:
    """One KernelDef. ``class_text`` is None where no NodeDef selects it, and ``why`` then says so."""

    op: str
    device: str
    constraints: tuple[tuple[str, frozenset[str]], ...]
    value_constraints: tuple[tuple[str, tuple[str | int | bool, ...]], ...]
    label: str
    priority: int
    host_memory: frozenset[str]
    class_text: str | None
    why: str = ""


def import_tensorflow() -> Any:
    """TensorFlow with its log kept quiet."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    import tensorflow

    return tensorflow


def op_definitions() -> dict[str, Any]:
    """Every OpDef of the running TensorFlow, by name."""
    import_tensorflow()
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session

    ops = op_def_pb2.OpList()
    ops.ParseFromString(bytes(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList())))
    return {op.name: op for op in ops.op}


def wheel_kernels(device: str = "CPU") -> list[WheelKernel]:
    """Every kernel registered for ``device``, with its class text."""
    import_tensorflow()
    from tensorflow.python.framework import kernels

    ops = op_definitions()
    registered = [kernel for kernel in kernels.get_all_registered_kernels().kernel if kernel.device_type == device]
    by_op: dict[str, list[Any]] = {}
    for kernel in registered:
        by_op.setdefault(kernel.op, []).append(kernel)
    return [_read(kernel, by_op[kernel.op], ops.get(kernel.op)) for kernel in registered]


def dtype_name(number: int) -> str:
    """``DT_FLOAT`` for 1."""
    from tensorflow.core.framework import types_pb2

    return str(types_pb2.DataType.Name(number))


def _read(kernel: Any, rivals: list[Any], op: Any) -> WheelKernel:
    constraints = tuple(
        (constraint.name, frozenset(dtype_name(number) for number in constraint.allowed_values.list.type))
        for constraint in sorted(kernel.constraint, key=lambda constraint: str(constraint.name))
        if constraint.allowed_values.list.type
    )
    others = tuple(
        (constraint.name, _values(constraint.allowed_values.list))
        for constraint in kernel.constraint
        if not constraint.allowed_values.list.type
    )
    class_text, why = _class_text(kernel, rivals, op)
    return WheelKernel(
        kernel.op,
        kernel.device_type,
        constraints,
        others,
        kernel.label,
        kernel.priority,
        frozenset(kernel.host_memory_arg),
        class_text,
        why,
    )


def _values(allowed: Any) -> tuple[str | int | bool, ...]:
    return (*(value.decode() for value in allowed.s), *allowed.i, *allowed.b)


def _class_text(kernel: Any, rivals: list[Any], op: Any) -> tuple[str | None, str]:
    from tensorflow.python.util import _pywrap_kernel_registry

    if op is None:
        return None, "no op definition of this name"
    found: set[str] = set()
    for node in itertools.islice(_nodes(kernel, op), _MOST_COMBINATIONS):
        # Only where this kernel alone is the best match does the answer speak of it.
        if all(rival is kernel or not _outranks(rival, kernel, node) for rival in rivals):
            text = _pywrap_kernel_registry.TryFindKernelClass(node.SerializeToString())
            if text:
                found.add(text.decode())
    if len(found) == 1:
        return found.pop(), ""
    return None, "several class texts" if found else "no node selects it: another kernel matches the same attrs"


def _nodes(kernel: Any, op: Any) -> Iterator[Any]:
    """A NodeDef for every combination of values the kernel's constraints allow."""
    from tensorflow.core.framework import node_def_pb2

    lists = {attr.name for attr in op.attr if attr.type.startswith("list(")}
    values = []
    for constraint in kernel.constraint:
        allowed = constraint.allowed_values.list
        values.append(
            [("type", value) for value in allowed.type]
            + [("i", value) for value in allowed.i]
            + [("b", value) for value in allowed.b]
            + [("s", value) for value in allowed.s]
            + [("f", value) for value in allowed.f]
        )
    for chosen in itertools.product(*values):
        node = node_def_pb2.NodeDef(name="n", op=kernel.op, device=f"/device:{kernel.device_type}:0")
        for constraint, (field, value) in zip(kernel.constraint, chosen, strict=True):
            attr = node.attr[constraint.name]
            if constraint.name in lists:
                getattr(attr.list, field).append(value)
            else:
                setattr(attr, field, value)
        if kernel.label:
            node.attr["_kernel"].s = kernel.label.encode()
        yield node


def _outranks(rival: Any, kernel: Any, node: Any) -> bool:
    """Whether ``rival`` also takes ``node``, with a priority that is not lower."""
    if rival.label != kernel.label or rival.priority < kernel.priority:
        return False
    return all(_takes(constraint, node) for constraint in rival.constraint)


def _takes(constraint: Any, node: Any) -> bool:
    if constraint.name not in node.attr:
        return True  # unknown: it might
    attr, allowed = node.attr[constraint.name], constraint.allowed_values.list
    which = attr.WhichOneof("value")
    if which == "list":
        return all(value in allowed.type for value in attr.list.type)
    return getattr(attr, which) in getattr(allowed, which)
