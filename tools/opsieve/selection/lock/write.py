"""A lock as the bytes of ``opsieve.lock`` (schema 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from opsieve.selection.lock.lock import Lock, LockedKernel, LockedOp, NeededBy
from opsieve.selection.lock.quoting import quoted, scalar, scalar_in_brackets
from opsieve.tree.index import Value

SCHEMA = 1

_HEAD = """\
# opsieve.lock: the ops and kernels that these models need, and why. For review and version control; not to be edited.
# `opsieve lock` makes it again, `opsieve lock --check` compares it with the models; -o names a lock that is elsewhere.
"""
# YAML takes a longer key for a value that lacks one, unless "? " announces it (YAML 1.2, 7.4.2).
_LONGEST_KEY = 1000


def to_yaml(lock: Lock) -> bytes:
    """The lock as YAML: ASCII, a line for every fact, the same bytes for equal locks.

    It ends with YAML's end of a document, so that one that was cut off is not taken for a smaller lock.
    """
    return (_HEAD + "\n".join((*_lines(lock), "..."))).encode("ascii") + b"\n"


def _lines(lock: Lock) -> Iterator[str]:
    yield f"schema: {SCHEMA}"
    yield from _list("made_by", lock.commands)
    yield "tensorflow:"
    yield f"  version: {quoted(lock.version)}"
    yield from _indented(_list("source", lock.sources))
    yield from _indented(_mapping("defines", {name: quoted(value) for name, value in lock.defines.items()}))
    yield from _mapping("runtime", {name: quoted("on" if on else "off") for name, on in lock.runtime.items()})
    yield "models:" if lock.models else "models: []"
    for model in lock.models:
        yield f"- path: {scalar(model.path)}"
        yield f"  format: {scalar(model.format)}"
        yield f"  sha256: {quoted(model.sha256)}"
    yield "ops:" if lock.ops else "ops: []"
    for op in lock.ops:
        yield from _op(op)
    if lock.unresolved:
        yield "unresolved:"
        for name, needed_by in lock.unresolved.items():
            yield f"- op: {scalar(name)}"
            yield from _indented(_needed_by(needed_by))
    yield from _list("files", lock.files)


def _op(op: LockedOp) -> Iterator[str]:
    yield f"- op: {scalar(op.name)}"
    yield f"  file: {scalar(op.file)}"
    yield from _indented(_needed_by(op.needed_by))
    if op.kernels:
        yield "  kernels:"
        for kernel in op.kernels:
            yield from _indented(_kernel(kernel))


def _kernel(kernel: LockedKernel) -> Iterator[str]:
    yield f"- class: {scalar(kernel.class_text)}"
    yield f"  device: {scalar(kernel.device)}"
    if kernel.types:
        yield f"  types: {_constraints(kernel.types)}"
    if kernel.values:
        yield f"  values: {_constraints(kernel.values)}"
    if kernel.label:
        yield f"  label: {scalar(kernel.label)}"
    if kernel.priority:
        yield f"  priority: {kernel.priority}"
    yield f"  file: {scalar(kernel.file)}"
    yield from _indented(_needed_by(kernel.needed_by))


def _needed_by(needed_by: NeededBy) -> Iterator[str]:
    return _mapping("needed_by", {model: scalar(why) for model, why in needed_by.items()}) if needed_by else iter(())


def _constraints(constraints: Mapping[str, tuple[Value, ...]]) -> str:
    rows = [f"{_short_key(name)}: [{', '.join(map(_value, values))}]" for name, values in constraints.items()]
    return "{" + ", ".join(rows) + "}"


def _short_key(name: str) -> str:
    key = scalar_in_brackets(name)
    return key if len(key) < _LONGEST_KEY else f"? {key} "


def _value(value: Value) -> str:
    if isinstance(value, str):
        return scalar_in_brackets(value)
    return str(value).lower()


def _list(name: str, values: Iterable[str]) -> Iterator[str]:
    lines = [f"- {scalar(value)}" for value in values]
    yield f"{name}:" if lines else f"{name}: []"
    yield from lines


def _mapping(name: str, rows: Mapping[str, str]) -> Iterator[str]:
    """``rows``: the values are YAML already."""
    yield f"{name}:" if rows else f"{name}: {{}}"
    for key, value in rows.items():
        shown = scalar(key)
        if len(shown) < _LONGEST_KEY:
            yield f"  {shown}: {value}"
        else:
            yield f"  ? {shown}"
            yield f"  : {value}"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
