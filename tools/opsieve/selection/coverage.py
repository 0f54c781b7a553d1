"""Whether what is registered runs some models: every op and kernel they need, against those that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from opsieve.selection.need import Need, Problem
from opsieve.selection.resolve import UNCALLED, Resolved
from opsieve.selection.selection import Reason, Selection
from opsieve.tree.index import Index, Kernel, OpDefinition


@dataclass(frozen=True, slots=True)
class Registered:
    """What a selection lists or a library registers: names of ops, and (op, class text) of kernels."""

    ops: Collection[str]
    kernels: Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """An op or a kernel that a model needs and that is not registered.

    ``class_text`` is "" where the op's definition is missing, or where no kernel is known that would do; ``types`` are
    those that are asked for, and ``file`` is what to compile, "" where that is not known.
    """

    op: str
    class_text: str
    types: tuple[tuple[str, tuple[str, ...]], ...]
    file: str
    reasons: tuple[Reason, ...]


def gaps(resolved: Iterable[Resolved], index: Index, registered: Registered) -> tuple[Gap, ...]:
    """What the models need and ``registered`` lacks; each was resolved against ``index``. Sorted."""
    found: dict[tuple[object, ...], Gap] = {}
    for one in resolved:
        for gap in _gaps_of(one, index, registered):
            key = (gap.op, gap.class_text, gap.types, gap.file)
            earlier = found.get(key)
            reasons = {*(earlier.reasons if earlier else ()), *gap.reasons}
            found[key] = Gap(gap.op, gap.class_text, gap.types, gap.file, tuple(sorted(reasons)))
    return tuple(sorted(found.values()))


def _gaps_of(one: Resolved, index: Index, registered: Registered) -> Iterable[Gap]:
    undefined = {op for op in one.ops if op not in registered.ops and not index.ops[op].system}
    for op in undefined:
        yield Gap(op, "", (), index.ops[op].file, one.ops[op])
    for key, reasons in one.kernels.items():
        if (key.op, key.class_text) not in registered.kernels and not _is_system(index, key.op, key.class_text):
            yield Gap(key.op, key.class_text, key.constraints, key.file, reasons)
    for need, reasons in one.problems:
        # What nothing runs cannot fail; a definition that is missing has been named above.
        running = tuple(reason for reason in reasons if not reason.rule.startswith(UNCALLED))
        if running and need.op not in undefined:
            yield Gap(need.op, "", () if _is_undefined(need) else tuple(sorted(need.dtypes().items())), "", running)


def _is_undefined(need: Need) -> bool:
    return need.problem in (Problem.NO_OP, Problem.NO_FUNCTION)


def _is_system(index: Index, op: str, class_text: str) -> bool:
    return any(kernel.system and kernel.class_text == class_text for kernel in index.kernels.get(op, ()))


def of_selection(selection: Selection) -> Registered:
    """What a library built from a selection registers."""
    return Registered(
        frozenset(op.name for op in selection.ops),
        frozenset((kernel.op, kernel.class_text) for kernel in selection.kernels),
    )


def index_of_selection(selection: Selection) -> Index:
    """The index that a selection itself is: what it lists and nothing else."""
    kernels: dict[str, list[Kernel]] = {}
    for one in selection.kernels:
        kernels.setdefault(one.op, []).append(
            Kernel(
                one.op,
                one.class_text,
                one.device,
                one.constraints,
                one.file,
                one.line,
                one.label,
                one.priority,
                value_constraints=one.value_constraints,
            )
        )
    return Index(
        selection.version,
        "",
        selection.defines,
        {op.name: OpDefinition(op.name, op.attrs, op.file, op.line) for op in selection.ops},
        {op: tuple(rows) for op, rows in kernels.items()},
    )
