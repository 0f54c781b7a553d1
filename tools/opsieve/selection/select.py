"""The selection stage: models and an index in, the selection out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from opsieve.models.usage import Model
from opsieve.selection.bindings import called_functions, instances
from opsieve.selection.match import CPU, DEFAULT, KernelTable
from opsieve.selection.need import Need
from opsieve.selection.nodes import NodeResolver
from opsieve.selection.requests import request_needs
from opsieve.selection.runtime import runtime_ops
from opsieve.selection.selection import (
    ModelDigest,
    SelectedKernel,
    SelectedOp,
    Selection,
    Source,
    Unresolved,
)
from opsieve.selection.tally import Tally
from opsieve.tree.index import Index, Kernel

if TYPE_CHECKING:
    from opsieve.selection.advice import Alternatives

# A need, the function body ("" for the main graph) it comes from, and whether anything calls that → names of nodes.
_Uses = dict[tuple[Need, str, bool], set[str]]

# Op, class text, device, file, line and constraints: what two selected kernels differ in.
_KernelKey = tuple[str, str, str, str, int, tuple[tuple[str, tuple[str, ...]], ...]]

_SYSTEM = "system"
# The rule of a need that nothing can run: a Keras LSTM has bodies for a GPU beside those that are called.
UNCALLED = "only in functions that nothing calls"
_NO_ALTERNATIVES: Mapping[str, Index] = MappingProxyType({})


def select(
    models: Sequence[Model],
    index: Index,
    *,
    source: str,
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
        allow_unresolved: names of ops (or functions) that may stay unresolved; they are listed and marked.
        alternatives: indexes of the same tree under other presets, by preset; only asked when something is
            unresolved, to say where it could be had. A callable is called once at most.
        progress: told what is being done, one line at a time.
    """
    table = KernelTable(index)
    resolver = NodeResolver(table)
    by_path: defaultdict[str, list[Model]] = defaultdict(list)
    for model in models:
        by_path[model.path].append(model)
    ops: Tally[str] = Tally()
    kernels: Tally[_KernelKey] = Tally()
    problems: Tally[Need] = Tally()
    for path in sorted(by_path):
        if progress is not None:
            progress(f"resolving {path}")
        _count(path, _uses(by_path[path], resolver), ops, kernels, problems)
        _count_runtime(path, by_path[path], table, ops, kernels)
    selected_ops = tuple(_selected_op(name, index, ops) for name in sorted(ops.keys()))
    selected_kernels = tuple(_selected_kernel(key, kernels) for key in sorted(kernels.keys()))
    return Selection(
        version=index.version,
        source=source,
        defines=dict(sorted(index.defines.items())),
        models=_digests(models),
        ops=selected_ops,
        kernels=selected_kernels,
        sources=_sources(selected_ops, selected_kernels, index),
        unresolved=_unresolved(problems, table, alternatives, frozenset(allow_unresolved)),
    )


def _uses(models: Iterable[Model], resolver: NodeResolver) -> _Uses:
    uses: defaultdict[tuple[Need, str, bool], set[str]] = defaultdict(set)
    for model in models:
        called = called_functions(model) | {""}
        for function, node, types in instances(model):
            for need in resolver.needs(model, node, types):
                uses[need, function, function in called].add(node.name)
        for request in model.requests:
            for need in request_needs(request, resolver.table):
                uses[need, "", True].add("")
    return uses


def _count(path: str, uses: _Uses, ops: Tally[str], kernels: Tally[_KernelKey], problems: Tally[Need]) -> None:
    """Fold the uses of one path; different needs that led to the same op or kernel count each node once."""
    by_op: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    by_kernel: defaultdict[tuple[_KernelKey, str, str], set[str]] = defaultdict(set)
    for (need, function, called), nodes in uses.items():
        if need.problem is not None:
            problems.add(need, path, function, nodes, need.rule if called else UNCALLED)
        if need.defined:
            # That a kernel was not certain says nothing of the op.
            by_op[need.op, function, "" if need.match.open else need.rule] |= nodes
        for kernel in need.match.kernels:
            by_kernel[_kernel_key(kernel), function, need.rule] |= nodes
    for (op, function, rule), nodes in by_op.items():
        ops.add(op, path, function, nodes, rule)
    for (key, function, rule), nodes in by_kernel.items():
        kernels.add(key, path, function, nodes, rule)


def _count_runtime(
    path: str, models: Iterable[Model], table: KernelTable, ops: Tally[str], kernels: Tally[_KernelKey]
) -> None:
    """What the runtime adds to these models' graphs; a list of ops is no graph."""
    used = {node.op for model in models for _, nodes in model.bodies() for node in nodes}
    if not used:
        return
    calls_function = any(not used.isdisjoint(model.functions) for model in models)
    for op, why in runtime_ops(used, calls_function):
        entry = table.entry(op)
        if entry.definition is None:
            continue
        ops.add(op, path, "", {""}, why)
        for kernel in entry.on_device(CPU, "") or entry.on_device(DEFAULT, ""):
            kernels.add(_kernel_key(kernel), path, "", {""}, why)


def _kernel_key(kernel: Kernel) -> _KernelKey:
    constraints = tuple(sorted(kernel.constraints.items()))
    return kernel.op, kernel.class_text, kernel.device, kernel.file, kernel.line, constraints


def _selected_op(name: str, index: Index, ops: Tally[str]) -> SelectedOp:
    definition = index.ops[name]
    return SelectedOp(name, ops.reasons(name), definition.file, definition.line)


def _selected_kernel(key: _KernelKey, kernels: Tally[_KernelKey]) -> SelectedKernel:
    op, class_text, device, file, line, constraints = key
    return SelectedKernel(op, class_text, device, dict(constraints), file, line, kernels.reasons(key))


def _digests(models: Sequence[Model]) -> tuple[ModelDigest, ...]:
    unique = {(model.path, model.sha256, model.format) for model in models}
    return tuple(ModelDigest(*one) for one in sorted(unique))


def _sources(ops: Sequence[SelectedOp], kernels: Sequence[SelectedKernel], index: Index) -> tuple[Source, ...]:
    """The files to compile, each once; one that has both kernels and op definitions counts as "kernel".

    System ops register themselves whatever is selected (REGISTER_SYSTEM_OP and REGISTER_SYSTEM_KERNEL_BUILDER in
    tensorflow/core/framework), but only from files that are compiled.
    """
    for_kernels: defaultdict[str, set[str]] = defaultdict(set)
    for_ops: defaultdict[str, set[str]] = defaultdict(set)
    for kernel in kernels:
        for_kernels[kernel.file].add(kernel.op)
    for op in ops:
        for_ops[op.file].add(op.name)
    # An index decodes its rows when asked for them, and system ops have names for internal use, which op_def.proto says
    # start with an underscore.
    for name in filter(_is_internal, index.kernels):
        for one in index.kernels[name]:
            if one.system and one.device in (CPU, DEFAULT):
                for_kernels[one.file].add(_SYSTEM)
    for name in filter(_is_internal, index.ops):
        if index.ops[name].system:
            for_ops[index.ops[name].file].add(_SYSTEM)
    return tuple(
        Source(
            path,
            "kernel" if path in for_kernels else "op",
            tuple(sorted(for_kernels.get(path, set()) | for_ops.get(path, set()))),
        )
        for path in sorted(for_kernels.keys() | for_ops.keys())
        if path
    )


def _is_internal(op: str) -> bool:
    return op.startswith("_")


def _unresolved(
    problems: Tally[Need], table: KernelTable, alternatives: Alternatives, allowed: frozenset[str]
) -> tuple[Unresolved, ...]:
    if not problems.keys():
        return ()
    # Imported when there is something to explain, which is rare.
    from opsieve.selection.advice import Adviser

    needs = sorted(problems.keys(), key=_problem_order)
    adviser = Adviser(table, alternatives, frozenset(need.op for need in needs))
    # Ordered before anything is worded: the adviser stops comparing names after a while, for every order of models
    # at the same place. Requests make equal needs anew, so these are merged.
    merged: dict[tuple[object, ...], Unresolved] = {}
    for need in needs:
        key = _problem_order(need)
        earlier = merged.get(key)
        reasons = tuple(sorted({*(earlier.reasons if earlier else ()), *problems.reasons(need)}))
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
