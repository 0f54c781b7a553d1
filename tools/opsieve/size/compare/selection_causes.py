"""Why owners of ops and dtypes came, went or changed: by what was selected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from opsieve.selection.lock.compare import Changes, KernelChange, OpChange
from opsieve.selection.lock.compare import compare as compare_locks
from opsieve.selection.lock.lock import Lock, LockedKernel, NeededBy
from opsieve.size.attribution import KERNEL, OP, Owner
from opsieve.size.compare.baseline import Baseline
from opsieve.size.compare.comparison import MOVED, Cause, Change
from opsieve.size.owners.class_texts import comparable

_Concerns = Callable[[Owner], bool]
_MOST_MODELS = 3


def selection_causes(
    old: Baseline, new: Baseline, changes: Sequence[Change], old_lock: Lock | None, new_lock: Lock | None
) -> tuple[tuple[Cause, ...], int]:
    """The causes, the largest first, and the bytes that they explain together.

    Without locks, ops and dtypes that came or went are told by the owners that have them, and not why.
    """
    explaining = _Explaining(old, new, changes)
    if old_lock is not None and new_lock is not None:
        found = list(_of_locks(compare_locks(old_lock, new_lock), explaining))
    else:
        found = list(_of_owners(old, new, explaining))
    found.sort(key=lambda cause: (-abs(cause.growth or 0), cause.what, cause.text))
    return tuple(found), explaining.explained


class _Explaining:
    """Gives the change of each owner to one cause: to the first that asks."""

    def __init__(self, old: Baseline, new: Baseline, changes: Iterable[Change]) -> None:
        owners: dict[tuple[str, str], list[Owner]] = {}
        for row in (*old.owners, *new.owners):
            owners.setdefault((row.owner.kind, row.owner.name), []).append(row.owner)
        # With what it is, and what it was.
        self._left = [(owners[change.kind, change.name], change) for change in changes if change.kind in (KERNEL, OP)]
        self.explained = 0

    def growth(self, concerns: _Concerns) -> int:
        taken = [row for row in self._left if any(map(concerns, row[0]))]
        self._left = [row for row in self._left if not any(map(concerns, row[0]))]
        # The other half of a move is there too, so that together they are what it added.
        total = sum(change.growth for _, change in taken)
        moved = {change.other for _, change in taken if change.status == MOVED}
        for row in [row for row in self._left if row[1].name in moved and row[1].status == MOVED]:
            self._left.remove(row)
            total += row[1].growth
        self.explained += total
        return total


def _of_locks(changes: Changes, explaining: _Explaining) -> Iterator[Cause]:
    for kernel in changes.kernels:
        word = "added" if kernel.added else "removed"
        what = "dtype" if kernel.kernel.types else "kernel"
        growth = explaining.growth(_of_kernel(kernel))
        because = _because(kernel.kernel.needed_by, kernel.added)
        yield Cause(f"{what}-{word}", f"{_kernel(kernel)} {because}", growth, ops=(kernel.op,))
    for op in changes.ops:
        growth = explaining.growth(_of_op(op))
        word = "added" if op.added else "removed"
        yield Cause(f"op-{word}", f"op {_op(op)} {_because(op.op.models(), op.added)}", growth, ops=(op.op.name,))
    # What several ops of which one came have together: its name lists them, so it is another owner.
    came = {change.op.name for change in changes.ops} | {change.op for change in changes.kernels}
    shared = explaining.growth(lambda owner: not came.isdisjoint(owner.ops)) if came else 0
    if shared:
        yield Cause(
            "shared-code", f"code that {_listed(sorted(came))} share with other ops", shared, ops=tuple(sorted(came))
        )
    renamed = {one.old.sha256 for one in changes.models if one.old} & {
        one.new.sha256 for one in changes.models if one.new
    }
    for model in changes.models:
        side = model.new or model.old
        if (model.old is None or model.new is None) and side is not None and side.sha256 in renamed:
            # The same file under another name.
            continue
        word = "added" if model.old is None else "removed" if model.new is None else "changed"
        yield Cause(f"model-{word}", f"model {model.path} {word}; {model.own} of its {model.ops} ops are its own")
    if changes.version is not None:
        text = f"TensorFlow {changes.version.new} instead of {changes.version.old}"
        yield Cause("tensorflow", text)
    for setting in changes.defines:
        yield Cause("defines", f"define {setting.name}: {setting.new or 'none'} instead of {setting.old or 'none'}")
    for setting in changes.runtime:
        yield Cause("runtime", f"runtime pass {setting.name}: {setting.new or 'none'}, was {setting.old or 'none'}")


def _of_kernel(change: KernelChange) -> _Concerns:
    wanted = comparable(change.kernel.class_text)
    return lambda owner: change.op in owner.ops and tuple(map(comparable, owner.classes)) == (wanted,)


def _of_op(change: OpChange) -> _Concerns:
    return lambda owner: owner.ops == (change.op.name,)


def _op(change: OpChange) -> str:
    types = sorted({dtype for kernel in change.op.kernels for types in kernel.types.values() for dtype in types})
    return change.op.name + (f" ({', '.join(types)})" if types else "")


def _kernel(change: KernelChange) -> str:
    return f"kernel {change.op}/{_types(change.kernel) or change.kernel.class_text}"


def _types(kernel: LockedKernel) -> str:
    return ", ".join(sorted({dtype for types in kernel.types.values() for dtype in types}))


def _because(needed_by: NeededBy, added: bool) -> str:
    if not added:
        return f"gone: {_listed(sorted(needed_by))} no longer needs it" if needed_by else "gone"
    if not needed_by:
        return "added"
    reasons = [f"model {model} {why}" for model, why in sorted(needed_by.items())]
    return f"because {_listed(reasons)}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_MODELS
    return ", ".join(names[:_MOST_MODELS]) + (f" and {more} more" if more > 0 else "")


def _of_owners(old: Baseline, new: Baseline, explaining: _Explaining) -> Iterator[Cause]:
    """What can be told without selections; an attribution without one knows of no ops at all."""
    before, after = _has(old), _has(new)
    if not before or not after:
        return
    for op in sorted(before.keys() ^ after.keys()):
        word = "added" if op in after else "removed"
        growth = explaining.growth(lambda owner, op=op: owner.ops == (op,))  # type: ignore[misc]
        yield Cause(f"op-{word}", f"op {op} {word}; give both selections to see why", growth, ops=(op,))
    for op in sorted(before.keys() & after.keys()):
        for dtype in sorted(before[op] ^ after[op]):
            word = "added" if dtype in after[op] else "removed"
            growth = explaining.growth(lambda owner, op=op, dtype=dtype: op in owner.ops and owner.dtypes == (dtype,))  # type: ignore[misc]
            text = f"kernel {op}/{dtype} {word}; give both selections to see why"
            yield Cause(f"dtype-{word}", text, growth, ops=(op,))


def _has(baseline: Baseline) -> dict[str, set[str]]:
    """The ops that owners have, with their dtypes where these are of one op."""
    found: dict[str, set[str]] = {}
    for row in baseline.owners:
        for op in row.owner.ops:
            types = found.setdefault(op, set())
            if row.owner.kind == KERNEL and len(row.owner.ops) == 1:
                types.update(row.owner.dtypes)
    return found
