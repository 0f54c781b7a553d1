"""Several locks as one: the union, for a library that several apps share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from opsieve.selection.lock.lock import Lock, LockedOp, NeededBy, locked_op, united


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that locks disagree on. ``says``: each value, with the names of the locks that have it."""

    what: str
    says: tuple[tuple[str, tuple[str, ...]], ...]


def conflicts(locks: Mapping[str, Lock]) -> tuple[Conflict, ...]:
    """What keeps these locks, by name, from being merged; none if they can be.

    One library has one TensorFlow version, one set of defines and one runtime; a path stands for one model, and an op
    has one definition.
    """
    said: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    facts = {name: dict(_facts(lock)) for name, lock in locks.items()}
    everywhere = {what for each in facts.values() for what in each if what.startswith(_SETTINGS)}
    for name, each in sorted(facts.items()):
        for what in everywhere | each.keys():
            said[what][each.get(what, "not set")].append(name)
    return tuple(
        Conflict(what, tuple((value, tuple(names)) for value, names in sorted(values.items())))
        for what, values in sorted(said.items())
        if len(values) > 1
    )


# What a lock has a say in by not having it.
_SETTINGS = ("define ", "runtime pass ")


def _facts(lock: Lock) -> Iterator[tuple[str, str]]:
    yield "TensorFlow version", lock.version
    for name, value in lock.defines.items():
        yield f"define {name}", f"={value}"
    for name, on in lock.runtime.items():
        yield f"runtime pass {name}", "on" if on else "off"
    for model in lock.models:
        yield f"model {model.path}", f"{model.format}, sha256 {model.sha256}"
    for op in lock.ops:
        yield f"op {op.name}", f"defined in {op.file}" if op.file else "not defined"


def merge(locks: Iterable[Lock]) -> Lock:
    """The union of at least one lock, none of which conflicts with another.

    In whatever order and groups locks are merged, and however often each, the result is the same.
    """
    first, *_ = all_ = list(locks)
    ops: defaultdict[str, list[LockedOp]] = defaultdict(list)
    unresolved: defaultdict[str, list[NeededBy]] = defaultdict(list)
    for lock in all_:
        for op in lock.ops:
            ops[op.name].append(op)
        for name, needs in lock.unresolved.items():
            unresolved[name].append(needs)
    models = {model.path: model for lock in all_ for model in lock.models}
    return Lock(
        version=first.version,
        sources=_union(lock.sources for lock in all_),
        defines=first.defines,
        runtime=first.runtime,
        commands=_union(lock.commands for lock in all_),
        models=tuple(models[path] for path in sorted(models)),
        ops=tuple(_op(ops[name]) for name in sorted(ops)),
        files=_union(lock.files for lock in all_),
        unresolved={name: united(unresolved[name]) for name in sorted(unresolved)},
    )


def _op(same: list[LockedOp]) -> LockedOp:
    kernels = [kernel for op in same for kernel in op.kernels]
    return locked_op(same[0].name, same[0].file, kernels, united(op.needed_by for op in same))


def _union(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({each for part in parts for each in part}))
