"""What a selection would no longer register, and no longer compile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from opsieve.binary.names import spaceless
from opsieve.selection.selection import Reason, SelectedKernel, Selection
from opsieve.selection.what_if import Keep, rest
from opsieve.size.cost.registrations import Registered, Registration


@dataclass(frozen=True, slots=True)
class Removal:
    """``registrations`` that go, and the ``sources`` that then are not compiled."""

    registrations: frozenset[Registration]
    sources: frozenset[str]


def removal(before: Selection, after: Selection) -> Removal:
    """What goes when ``before`` becomes ``after``, a part of it."""
    paths = {source.path for source in before.sources} - {source.path for source in after.sources}
    return Removal(registrations(before) - registrations(after), frozenset(paths))


def registrations(selection: Selection) -> frozenset[Registration]:
    """All that a selection registers."""
    kernels = {Registration(kernel.op, spaceless(kernel.class_text)) for kernel in selection.kernels}
    return frozenset(kernels | {Registration(op.name, "") for op in selection.ops})


def by_source(selection: Selection) -> dict[str, Registered]:
    """What each source registers that has something of the selection."""
    ops: dict[str, set[str]] = {}
    classes: dict[str, dict[str, set[str]]] = {}
    for op in selection.ops:
        ops.setdefault(op.file, set()).add(op.name)
    for kernel in selection.kernels:
        classes.setdefault(kernel.file, {}).setdefault(spaceless(kernel.class_text), set()).add(kernel.op)
    return {path: Registered(ops.get(path, set()), classes.get(path, {})) for path in ops.keys() | classes.keys()}


def without_each(selection: Selection) -> Iterator[tuple[str, str, Selection]]:
    """The selection without each op, each dtype and each model: the dimension, the name, what is left.

    Without an op means without its definition and kernels, whoever asks for them; without a dtype, without the kernels
    that are registered for it.
    """

    def everything(op: str, reason: Reason) -> bool:
        return True

    for op in selection.ops:
        yield "op", op.name, without_op(selection, op.name)
    for dtype in sorted({dtype for kernel in selection.kernels for dtype in _dtypes(kernel)}):
        left = tuple(kernel for kernel in selection.kernels if dtype not in _dtypes(kernel))
        yield "dtype", dtype, rest(replace(selection, kernels=left), everything)
    for model in selection.models:
        path = model.path
        yield "model", path, rest(selection, _not_of(path), without=(path,))


def without_op(selection: Selection, name: str) -> Selection:
    """The selection without an op's definition and kernels, whoever asks for them."""
    return rest(selection, lambda op, reason: op != name)


def _not_of(model: str) -> Keep:
    return lambda op, reason: reason.model != model


def _dtypes(kernel: SelectedKernel) -> set[str]:
    return {dtype for types in kernel.constraints.values() for dtype in types}
