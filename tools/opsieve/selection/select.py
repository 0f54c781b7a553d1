"""The selection stage: models and an index in, the selection out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from opsieve.models.usage import Model
from opsieve.selection.match import CPU, DEFAULT, KernelTable
from opsieve.selection.need import Need
from opsieve.selection.resolve import UNCALLED, KernelKey, Resolved, Resolver
from opsieve.selection.runtime.passes import Switches, switches
from opsieve.selection.selection import (
    Call,
    ModelDigest,
    Reason,
    SelectedKernel,
    SelectedOp,
    Selection,
    Source,
    Unresolved,
)
from opsieve.selection.source_closure import closed
from opsieve.tree.index import Attr, Index

if TYPE_CHECKING:
    from opsieve.selection.advice import Alternatives

_SYSTEM = "system"
_LOOKED_AT = ("type", "list(type)", "func", "list(func)")
_NO_ALTERNATIVES: Mapping[str, Index] = MappingProxyType({})


def select(
    models: Iterable[Model],
    index: Index,
    *,
    source: str,
    runtime: Switches | None = None,
    allow_unresolved: Collection[str] = (),
    alternatives: Alternatives = _NO_ALTERNATIVES,
    progress: Callable[[str], None] | None = None,
) -> Selection:
    """Choose the op definitions and kernels that ``models`` need from ``index``, as TensorFlow would on a CPU.

    Every function body of a model counts, with the types its callers give it. What cannot be met is listed in
    ``unresolved``, and allowed where only functions need it that nothing calls. What the runtime itself adds is in the
    selection with that reason. The order of ``models`` does not matter, and one given twice counts once.

    Args:
        models: what the readers found.
        index: the kernels and op definitions to choose from.
        source: where the index came from, as the user named it; goes into the selection as it is.
        runtime: which of the runtime's passes run; the others have their default for the index's defines.
        allow_unresolved: names of ops (or functions) that may stay unresolved; they are listed and marked.
        alternatives: indexes of the same tree under other presets, by preset; only asked when something is
            unresolved, to say where it could be had. A callable is called once at most.
        progress: told what is being done, one line at a time.
    """
    resolver = Resolver(index, switches(index.defines, runtime))

    def resolved() -> Iterable[Resolved]:
        for model in models:
            if progress is not None:
                progress(f"resolving {model.path}")
            yield resolver.resolve(model)

    return combine(resolved(), resolver, source=source, allow_unresolved=allow_unresolved, alternatives=alternatives)


def combine(
    resolved: Iterable[Resolved],
    resolver: Resolver,
    *,
    source: str,
    allow_unresolved: Collection[str] = (),
    alternatives: Alternatives = _NO_ALTERNATIVES,
) -> Selection:
    """The union of what models need, each resolved alone, with ``resolver`` or one of the same index and passes."""
    index = resolver.index
    ops: defaultdict[str, set[Reason]] = defaultdict(set)
    kernels: defaultdict[KernelKey, set[Reason]] = defaultdict(set)
    problems: list[tuple[Need, tuple[Reason, ...]]] = []
    models: set[ModelDigest] = set()
    calls: set[Call] = set()
    gradients: set[str] = set()
    shared = _Shared()
    for one in resolved:
        models.add(one.model)
        calls.update(map(shared.call, one.calls))
        problems += one.problems
        gradients |= one.compiles
        for op, reasons in one.ops.items():
            ops[op].update(map(shared.reason, reasons))
        for key, reasons in one.kernels.items():
            kernels[key].update(map(shared.reason, reasons))
    selected_ops = tuple(_selected_op(name, index, ops[name]) for name in sorted(ops))
    selected_kernels = tuple(_selected_kernel(key, kernels[key]) for key in sorted(kernels, key=_kernel_order))
    return Selection(
        version=index.version,
        source=source,
        defines=dict(sorted(index.defines.items())),
        models=tuple(sorted(models, key=lambda one: (one.path, one.sha256, one.format))),
        ops=selected_ops,
        kernels=selected_kernels,
        sources=_sources(selected_ops, selected_kernels, gradients, index),
        unresolved=_unresolved(problems, resolver.table, alternatives, frozenset(allow_unresolved)),
        runtime=dict(sorted(resolver.switches.items())),
        calls=tuple(sorted(calls, key=lambda one: (one.model, one.function, one.caller, one.node))),
    )


class _Shared:
    """Thousands of models have the same names of nodes, functions and rules: each is kept once."""

    def __init__(self) -> None:
        self._known: dict[object, Any] = {}

    def reason(self, one: Reason) -> Reason:
        return Reason(*map(self._one, (one.model, one.function, one.node, one.rule, one.types)))

    def call(self, one: Call) -> Call:
        return Call(*map(self._one, (one.model, one.function, one.caller, one.node)))

    def _one(self, value: Any) -> Any:
        return self._known.setdefault(value, value)


def _kernel_order(key: KernelKey) -> tuple[object, ...]:
    return key.op, key.class_text, key.device, key.file, key.line, key.constraints, repr(key.value_constraints)


def _selected_op(name: str, index: Index, reasons: Iterable[Reason]) -> SelectedOp:
    definition = index.ops[name]
    asked = {attr for kernel in index.kernels.get(name, ()) for attr in kernel.value_constraints}
    attrs = tuple(
        Attr(attr.name, attr.type, default=attr.default)
        for attr in definition.attrs
        if attr.type in _LOOKED_AT or attr.name in asked
    )
    return SelectedOp(name, tuple(sorted(reasons)), definition.file, definition.line, attrs)


def _selected_kernel(key: KernelKey, reasons: Iterable[Reason]) -> SelectedKernel:
    return SelectedKernel(
        key.op,
        key.class_text,
        key.device,
        dict(key.constraints),
        key.file,
        key.line,
        tuple(sorted(reasons)),
        key.label,
        key.priority,
        dict(key.value_constraints),
    )


def _sources(
    ops: Sequence[SelectedOp], kernels: Sequence[SelectedKernel], gradients: Iterable[str], index: Index
) -> tuple[Source, ...]:
    """The files to compile, each once; one that has both kernels and op definitions counts as "kernel".

    Those of ``gradients`` register what SymbolicGradient looks up (REGISTER_OP_GRADIENT). Helpers are what these files
    need to link, as the index has it.

    System ops register themselves whatever is selected (REGISTER_SYSTEM_OP and REGISTER_SYSTEM_KERNEL_BUILDER in
    tensorflow/core/framework), but only from files that are compiled.
    """
    for_kernels: defaultdict[str, set[str]] = defaultdict(set)
    for_ops: defaultdict[str, set[str]] = defaultdict(set)
    for kernel in kernels:
        for_kernels[kernel.file].add(kernel.op)
    for op in ops:
        for_ops[op.file].add(op.name)
    for path in gradients:
        for_ops[path].add("SymbolicGradient")
    # An index decodes its rows when asked for them, and system ops have names for internal use, which op_def.proto says
    # start with an underscore.
    for name in filter(_is_internal, index.kernels):
        for one in index.kernels[name]:
            if one.system and one.device in (CPU, DEFAULT):
                for_kernels[one.file].add(_SYSTEM)
    for name in filter(_is_internal, index.ops):
        if index.ops[name].system:
            for_ops[index.ops[name].file].add(_SYSTEM)
    registering = (
        Source(
            path,
            "kernel" if path in for_kernels else "op",
            tuple(sorted(for_kernels.get(path, set()) | for_ops.get(path, set()))),
        )
        for path in for_kernels.keys() | for_ops.keys()
        if path
    )
    return closed(registering, {} if index.helpers is None else index.helpers)


def _is_internal(op: str) -> bool:
    return op.startswith("_")


def _unresolved(
    problems: Sequence[tuple[Need, tuple[Reason, ...]]],
    table: KernelTable,
    alternatives: Alternatives,
    allowed: frozenset[str],
) -> tuple[Unresolved, ...]:
    if not problems:
        return ()
    # Imported when there is something to explain, which is rare.
    from opsieve.selection.advice import Adviser

    problems = sorted(problems, key=lambda problem: _problem_order(problem[0]))
    adviser = Adviser(table, alternatives, frozenset(need.op for need, _ in problems))
    # Ordered before anything is worded: the adviser stops comparing names after a while, for every order of models
    # at the same place. Models make equal needs anew, so these are merged.
    merged: dict[tuple[object, ...], Unresolved] = {}
    for need, more in problems:
        key = _problem_order(need)
        earlier = merged.get(key)
        reasons = tuple(sorted({*(earlier.reasons if earlier else ()), *more}))
        merged[key] = Unresolved(
            need.op,
            need.dtypes(),
            reasons,
            earlier.why if earlier else adviser.why(need),
            need.op in allowed or all(reason.rule.startswith(UNCALLED) for reason in reasons),
        )
    return tuple(sorted(merged.values(), key=lambda one: (one.op, sorted(one.types.items()), one.why)))


def _problem_order(need: Need) -> tuple[str, str, str, str, str]:
    return (
        need.op,
        repr(need.types),
        need.label,
        need.problem.value if need.problem else "",
        need.detail,
    )
