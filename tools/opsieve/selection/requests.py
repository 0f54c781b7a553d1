"""From a line of a list of ops to its needs."""

from __future__ import annotations

from collections.abc import Iterator

from opsieve.models.usage import OpRequest
from opsieve.selection.kernelless import kernelless_ops
from opsieve.selection.match import KernelTable, Match, OpEntry
from opsieve.selection.need import Need, Problem
from opsieve.selection.values import AttrValue, Choice
from opsieve.tree.index import Kernel

_LISTED = "listed"


def plain_class(text: str) -> str:
    """A class text as SHOULD_REGISTER_OP_KERNEL compares it: without spaces."""
    return "".join(text.split())


def request_needs(request: OpRequest, table: KernelTable) -> Iterator[Need]:
    """What a request asks for: one need with its kernels, and one for every part of it that cannot be had."""
    entry = table.entry(request.op)
    if entry.definition is None:
        yield Need(request.op, rule=_LISTED, problem=Problem.NO_OP)
    elif request.kernel_class is not None:
        yield _by_class(entry, request.kernel_class)
    elif request.types:
        yield from _by_types(entry, request.types, table)
    else:
        yield _whole(entry)


def _by_class(entry: OpEntry, text: str) -> Need:
    # An empty class is how TensorFlow's own lists say "the op, without a kernel".
    if not text:
        return Need(entry.name, rule=_LISTED)
    kernels = tuple(one for one in entry.for_cpu() if plain_class(one.class_text) == plain_class(text))
    if not kernels:
        return Need(entry.name, rule=_LISTED, problem=Problem.NO_CLASS, detail=text)
    return Need(entry.name, match=Match(kernels), rule=_LISTED)


def _whole(entry: OpEntry) -> Need:
    kernels = entry.for_cpu()
    if not kernels and entry.name not in kernelless_ops():
        return Need(entry.name, rule=_LISTED, problem=Problem.NO_KERNEL)
    return Need(entry.name, match=Match(kernels), rule=f"{_LISTED}: every kernel")


def _by_types(entry: OpEntry, types: dict[str, tuple[str, ...]], table: KernelTable) -> Iterator[Need]:
    known = {attr.name for attr in entry.definition.attrs} if entry.definition else set()
    for name in sorted(types.keys() - known):
        yield Need(
            entry.name, ((name, Choice(_LISTED, types[name])),), rule=_LISTED, problem=Problem.NO_ATTR, detail=name
        )
    values = tuple(_asked(types.get(name)) for name in entry.attrs)
    kernels: dict[int, Kernel] = {}
    for label in sorted({kernel.label for kernel in entry.for_cpu()}):
        kernels.update((id(kernel), kernel) for kernel in table.find(entry.name, label, values).kernels)
    asked = tuple((name, value) for name, value in zip(entry.attrs, values, strict=True) if name in types)
    if not kernels and entry.name not in kernelless_ops():
        yield Need(entry.name, asked, rule=_LISTED, problem=Problem.NO_KERNEL)
        return
    yield Need(entry.name, asked, Match(tuple(kernels.values())), rule=_LISTED)
    for name in entry.attrs:
        for dtype in types.get(name, ()):
            if kernels and not any(dtype in one.constraints.get(name, (dtype,)) for one in kernels.values()):
                yield Need(entry.name, ((name, dtype),), rule=_LISTED, problem=Problem.NO_KERNEL)


def _asked(dtypes: tuple[str, ...] | None) -> AttrValue:
    return Choice("any dtype") if dtypes is None else Choice(_LISTED, dtypes)
