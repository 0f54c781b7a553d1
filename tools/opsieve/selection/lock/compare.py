"""What changed from one lock to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from opsieve.selection.lock.lock import Lock, LockedKernel, LockedModel, LockedOp, NeededBy


@dataclass(frozen=True, slots=True)
class Setting:
    """A named value that changed; None where it was, or is, not there."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A model that came (``old`` is None), went (``new`` is None) or has other content.

    ``ops``: how many ops it needs; ``own``: how many of these came or went with it.
    """

    path: str
    old: LockedModel | None
    new: LockedModel | None
    ops: int
    own: int


@dataclass(frozen=True, slots=True)
class OpChange:
    """An op that came or went. ``files``: the sources that come or go with it."""

    op: LockedOp
    added: bool
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KernelChange:
    """A kernel that came or went, of an op that stays."""

    op: str
    kernel: LockedKernel
    added: bool


@dataclass(frozen=True, slots=True)
class NeedChange:
    """An op that stays, and that a model which stays now needs (``added``) or no longer needs."""

    model: str
    op: str
    added: bool
    why: str


@dataclass(frozen=True, slots=True)
class UnresolvedChange:
    """An op that the source cannot provide, and that now is (``added``) or no longer is allowed to be missing."""

    op: str
    added: bool
    needed_by: NeededBy


@dataclass(frozen=True, slots=True)
class Changes:
    """From one lock to another. ``files``: the paths, and whether each came (True) or went."""

    version: Setting | None
    defines: tuple[Setting, ...]
    runtime: tuple[Setting, ...]
    models: tuple[ModelChange, ...]
    ops: tuple[OpChange, ...]
    definitions: tuple[Setting, ...]
    kernels: tuple[KernelChange, ...]
    needs: tuple[NeedChange, ...]
    unresolved: tuple[UnresolvedChange, ...]
    files: tuple[tuple[str, bool], ...]

    def __bool__(self) -> bool:
        return bool(
            self.version
            or self.defines
            or self.runtime
            or self.models
            or self.ops
            or self.definitions
            or self.kernels
            or self.needs
            or self.unresolved
            or self.files
        )


def compare(old: Lock, new: Lock) -> Changes:
    """What is different in ``new``.

    What says how a lock was made (commands, the names of sources) and which node stands for a model is no difference.
    """
    ops_before = {op.name: op for op in old.ops}
    ops_after = {op.name: op for op in new.ops}
    staying = [(ops_before[name], ops_after[name]) for name in sorted(ops_before.keys() & ops_after.keys())]
    return Changes(
        version=Setting("TensorFlow", old.version, new.version) if old.version != new.version else None,
        defines=_settings(old.defines, new.defines),
        runtime=_settings(_switches(old), _switches(new)),
        models=tuple(_models(old, new)),
        ops=tuple(_ops(old, new)),
        definitions=tuple(
            Setting(before.name, before.file, after.file) for before, after in staying if before.file != after.file
        ),
        kernels=tuple(change for before, after in staying for change in _kernels(before, after)),
        needs=tuple(_needs(old, new)),
        unresolved=tuple(_unresolved(old, new)),
        files=tuple((path, path in new.files) for path in sorted(set(old.files) ^ set(new.files))),
    )


def _settings(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Setting, ...]:
    return tuple(
        Setting(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )


def _switches(lock: Lock) -> dict[str, str]:
    return {name: "on" if on else "off" for name, on in lock.runtime.items()}


def _models(old: Lock, new: Lock) -> Iterator[ModelChange]:
    before = {model.path: model for model in old.models}
    after = {model.path: model for model in new.models}
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    needed_before, needed_after = _ops_by_model(old), _ops_by_model(new)
    all_before, all_after = {op.name for op in old.ops}, {op.name for op in new.ops}
    for path in changed:
        if path in after:
            ops, others = needed_after.get(path, set()), all_before
        else:
            ops, others = needed_before.get(path, set()), all_after
        yield ModelChange(path, before.get(path), after.get(path), len(ops), len(ops - others))


def _ops_by_model(lock: Lock) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for op in lock.ops:
        for model in op.models():
            found.setdefault(model, set()).add(op.name)
    return found


def _ops(old: Lock, new: Lock) -> Iterator[OpChange]:
    before, after = {op.name for op in old.ops}, {op.name for op in new.ops}
    files_before, files_after = set(old.files), set(new.files)
    changes = [OpChange(op, False, _files(op, files_before - files_after)) for op in old.ops if op.name not in after]
    changes += [OpChange(op, True, _files(op, files_after - files_before)) for op in new.ops if op.name not in before]
    yield from sorted(changes, key=lambda change: change.op.name)


def _files(op: LockedOp, among: set[str]) -> tuple[str, ...]:
    return tuple(sorted({op.file, *(kernel.file for kernel in op.kernels)} & among))


def _kernels(old: LockedOp, new: LockedOp) -> Iterator[KernelChange]:
    before = {kernel.identity: kernel for kernel in old.kernels}
    after = {kernel.identity: kernel for kernel in new.kernels}
    for identity in sorted(before.keys() ^ after.keys()):
        yield KernelChange(new.name, after.get(identity) or before[identity], identity in after)


def _needs(old: Lock, new: Lock) -> Iterator[NeedChange]:
    stay = {model.path for model in old.models} & {model.path for model in new.models}
    before = {op.name: op.models() for op in old.ops}
    for op in new.ops:
        if op.name not in before:
            continue
        needed_before, needed_after = before[op.name], op.models()
        for model in sorted((needed_before.keys() ^ needed_after.keys()) & stay):
            why = needed_after.get(model) or needed_before.get(model, "")
            yield NeedChange(model, op.name, model in needed_after, why)


def _unresolved(old: Lock, new: Lock) -> Iterator[UnresolvedChange]:
    for op in sorted(old.unresolved.keys() ^ new.unresolved.keys()):
        added = op in new.unresolved
        yield UnresolvedChange(op, added, (new if added else old).unresolved[op])
