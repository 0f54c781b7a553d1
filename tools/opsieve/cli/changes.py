"""What changed from one lock to another, in words and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from opsieve.cli.messages import plural
from opsieve.selection.lock.compare import (
    Changes,
    KernelChange,
    ModelChange,
    NeedChange,
    OpChange,
    Setting,
    UnresolvedChange,
)

if TYPE_CHECKING:
    from opsieve.selection.lock.lock import Lock, LockedKernel, LockedModel, NeededBy

_SHOWN_DIGITS = 12


def text(changes: Changes, old: Lock, new: Lock) -> Iterator[str]:
    """A line for every change, and one for the sums; nothing where there is no change."""
    if changes.version:
        yield f"TensorFlow {changes.version.old} → {changes.version.new}"
    yield from (f"define {_setting(one)}" for one in changes.defines)
    yield from (f"runtime pass {_setting(one)}" for one in changes.runtime)
    yield from map(_model, changes.models)
    yield from map(_op, changes.ops)
    yield from (f"op {one.name} is defined in {one.new}, no longer in {one.old}" for one in changes.definitions)
    yield from map(_kernel, changes.kernels)
    yield from map(_need, changes.needs)
    yield from map(_unresolved, changes.unresolved)
    yield from (f"file {path} {'added' if added else 'removed'}" for path, added in changes.files)
    if changes:
        yield "in all " + ", ".join(
            (
                _sum("op", _names(old), _names(new)),
                _sum("kernel", _kernels(old), _kernels(new)),
                _sum("file", set(old.files), set(new.files)),
            )
        )


def document(changes: Changes) -> dict[str, object]:
    """The same as JSON; every list is there, empty where nothing of the kind changed."""
    return {
        "tensorflow": {"old": changes.version.old, "new": changes.version.new} if changes.version else None,
        "defines": list(map(_setting_row, changes.defines)),
        "runtime": list(map(_setting_row, changes.runtime)),
        "models": [
            {
                "path": one.path,
                "change": "added" if one.old is None else "removed" if one.new is None else "changed",
                "old": _model_row(one.old),
                "new": _model_row(one.new),
                "ops": one.ops,
                "own_ops": one.own,
            }
            for one in changes.models
        ],
        "ops": [
            {
                "op": one.op.name,
                "change": _change(one.added),
                "kernels": [_kernel_row(kernel) for kernel in one.op.kernels],
                "files": list(one.files),
                "needed_by": dict(one.op.models()),
            }
            for one in changes.ops
        ],
        "definitions": [{"op": one.name, "old": one.old, "new": one.new} for one in changes.definitions],
        "kernels": [{"op": one.op, "change": _change(one.added), **_kernel_row(one.kernel)} for one in changes.kernels],
        "needs": [
            {"model": one.model, "op": one.op, "change": _change(one.added), "why": one.why} for one in changes.needs
        ],
        "unresolved": [
            {"op": one.op, "change": _change(one.added), "needed_by": dict(one.needed_by)} for one in changes.unresolved
        ],
        "files": [{"path": path, "change": _change(added)} for path, added in changes.files],
    }


def _setting(one: Setting) -> str:
    if one.old is None:
        return f"{one.name} added: {one.new}"
    if one.new is None:
        return f"{one.name} removed: was {one.old}"
    return f"{one.name}: {one.old} → {one.new}"


def _model(one: ModelChange) -> str:
    if one.old is None and one.new is not None:
        return f"model {one.path} added ({one.new.format}; needs {plural(one.ops, 'op')}, {one.own} of them new)"
    if one.old is not None and one.new is None:
        return f"model {one.path} removed (needed {plural(one.ops, 'op')}; {one.own} of them go)"
    assert one.old is not None
    assert one.new is not None
    formats = f", {one.old.format} → {one.new.format}" if one.old.format != one.new.format else ""
    digests = f"sha256 {one.old.sha256[:_SHOWN_DIGITS]}… → {one.new.sha256[:_SHOWN_DIGITS]}…"
    return f"model {one.path} changed ({digests}{formats})"


def _op(one: OpChange) -> str:
    brings = ", ".join(
        (plural(len(one.op.kernels), "kernel"), *([plural(len(one.files), "file")] if one.files else ()))
    )
    return _moved(one.op.models(), f"op {one.op.name} ({brings})", one.added)


def _kernel(one: KernelChange) -> str:
    return _moved(one.kernel.needed_by, f"kernel {_shown(one.kernel)} of {one.op}", one.added)


def _moved(needed_by: NeededBy, what: str, added: bool) -> str:
    models = sorted(needed_by)
    if not models:
        return f"{what} {'added' if added else 'removed'}"
    if len(models) == 1:
        who, verb, need = f"model {models[0]}", "adds", "needs"
    else:
        more = f"model {models[0]} and {plural(len(models) - 1, 'more model')}"
        who, verb, need = more, "add", "need"
    if not added:
        return f"{who} no longer {need} {what}"
    return f"{who} {verb} {what} because {needed_by[models[0]]}"


def _shown(kernel: LockedKernel) -> str:
    limits: dict[str, tuple[object, ...]] = {**kernel.types, **kernel.values}
    words = [f"{name}={'|'.join(map(str, values))}" for name, values in sorted(limits.items())]
    words += [kernel.device] if kernel.device != "CPU" else []
    words += [f"label {kernel.label}"] if kernel.label else []
    return kernel.class_text + (f" ({', '.join(words)})" if words else "")


def _need(one: NeedChange) -> str:
    if one.added:
        return f"model {one.model} needs op {one.op} too because {one.why}"
    return f"model {one.model} no longer needs op {one.op}, which stays for others"


def _unresolved(one: UnresolvedChange) -> str:
    models = sorted(one.needed_by)
    by = f" of model {models[0]}" + (f" and {plural(len(models) - 1, 'more model')}" if len(models) > 1 else "")
    return f"op {one.op}{by if models else ''} is {'now' if one.added else 'no longer'} allowed to be unresolved"


def _sum(noun: str, old: Collection[object], new: Collection[object]) -> str:
    before, after = set(old), set(new)
    if before == after:
        return plural(len(after), noun)
    change = " ".join(
        f"{sign}{number}" for sign, number in (("+", len(after - before)), ("−", len(before - after))) if number
    )
    return f"{plural(len(after), noun)} ({change})"


def _names(lock: Lock) -> set[str]:
    return {op.name for op in lock.ops}


def _kernels(lock: Lock) -> set[object]:
    return {(op.name, kernel.identity) for op in lock.ops for kernel in op.kernels}


def _change(added: bool) -> str:
    return "added" if added else "removed"


def _setting_row(one: Setting) -> dict[str, object]:
    return {"name": one.name, "old": one.old, "new": one.new}


def _model_row(one: LockedModel | None) -> dict[str, str] | None:
    return {"format": one.format, "sha256": one.sha256} if one else None


def _kernel_row(kernel: LockedKernel) -> dict[str, object]:
    row: dict[str, object] = {
        "class": kernel.class_text,
        "device": kernel.device,
        "types": {name: list(dtypes) for name, dtypes in kernel.types.items()},
        "file": kernel.file,
        "needed_by": dict(kernel.needed_by),
    }
    if kernel.values:
        row["values"] = {name: list(values) for name, values in kernel.values.items()}
    if kernel.label:
        row["label"] = kernel.label
    if kernel.priority:
        row["priority"] = kernel.priority
    return row
