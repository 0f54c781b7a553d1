"""A lock: what is selected for which models, and for each of them one reason; plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from opsieve.tree.index import Value

NeededBy = Mapping[str, str]
"""Path of a model → in a few words the node or the rule for which it needs an op or a kernel."""


@dataclass(frozen=True, slots=True)
class LockedModel:
    """A model by its path, with what it was when it was locked."""

    path: str
    format: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LockedKernel:
    """A kernel of an op. ``types`` and ``values``: the constraints on type attrs and on other attrs."""

    class_text: str
    device: str
    types: Mapping[str, tuple[str, ...]]
    file: str
    needed_by: NeededBy
    label: str = ""
    priority: int = 0
    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[object, ...]:
        """What two kernels of an op differ in; they sort by it. Where in its file one stands is no part of it."""
        return (
            self.class_text,
            self.device,
            tuple(sorted(self.types.items())),
            self.file,
            self.label,
            self.priority,
            # As text: 1, True and "1" are different values, and do not compare.
            repr(sorted(self.values.items())),
        )


@dataclass(frozen=True, slots=True)
class LockedOp:
    """An op whose definition is registered, with its kernels; made by :func:`locked_op`.

    ``file``: where it is defined. ``needed_by``: the models that need the op and none of its kernels.
    """

    name: str
    file: str
    kernels: tuple[LockedKernel, ...]
    needed_by: NeededBy

    def models(self) -> NeededBy:
        """All models that need the op or a kernel of it."""
        return united((self.needed_by, *(kernel.needed_by for kernel in self.kernels)))


@dataclass(frozen=True, slots=True)
class Lock:
    """Everything is sorted; equal selections give equal locks.

    ``sources``: the trees or indexes that were selected from, as the user named them. ``commands``: the command lines
    that make the lock again, several where locks were merged. ``files``: the sources to compile. ``unresolved``: the
    ops that the source cannot provide and that were allowed to be missing, with the models that ask for them.
    """

    version: str
    sources: tuple[str, ...]
    defines: Mapping[str, str]
    runtime: Mapping[str, bool]
    commands: tuple[str, ...]
    models: tuple[LockedModel, ...]
    ops: tuple[LockedOp, ...]
    files: tuple[str, ...]
    unresolved: Mapping[str, NeededBy] = field(default_factory=dict)

    @property
    def kernel_count(self) -> int:
        """How many kernels all the ops have."""
        return sum(len(op.kernels) for op in self.ops)


def locked_op(name: str, file: str, kernels: Iterable[LockedKernel], needed_by: NeededBy) -> LockedOp:
    """An op in the one form it has: kernels in order and each once, and what a kernel is needed by said only there."""
    by_identity: dict[tuple[object, ...], LockedKernel] = {}
    for kernel in kernels:
        earlier = by_identity.get(kernel.identity)
        needs = united((kernel.needed_by, earlier.needed_by if earlier else {}))
        by_identity[kernel.identity] = LockedKernel(
            kernel.class_text,
            kernel.device,
            dict(sorted(kernel.types.items())),
            kernel.file,
            needs,
            kernel.label,
            kernel.priority,
            dict(sorted(kernel.values.items())),
        )
    merged = tuple(by_identity[identity] for identity in sorted(by_identity))
    said = {model for kernel in merged for model in kernel.needed_by}
    return LockedOp(name, file, merged, {model: why for model, why in sorted(needed_by.items()) if model not in said})


def united(needs: Iterable[NeededBy]) -> NeededBy:
    """All the models, each with the first of its reasons, in order."""
    found: dict[str, str] = {}
    for one in needs:
        for model, why in one.items():
            found[model] = min(why, found.get(model, why))
    return dict(sorted(found.items()))
