"""What would leave a selection without some of its models or ops."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from opsieve.models.reach import callees
from opsieve.models.usage import Function, Model, Node
from opsieve.selection.explanation import SYSTEM, split_rule
from opsieve.selection.resolve import UNCALLED, KernelKey, Resolved, kernel_key
from opsieve.selection.runtime.rules import all_rules
from opsieve.selection.selection import Reason, SelectedKernel, SelectedOp, Selection, Source, Unresolved

Keep = Callable[[str, Reason], bool]
"""Whether a reason of the op that is named holds still."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a selection has and its rest has not, and the ops that lost some of their reasons only, as in the rest."""

    ops: tuple[SelectedOp, ...]
    kernels: tuple[SelectedKernel, ...]
    sources: tuple[Source, ...]
    unresolved: tuple[Unresolved, ...]
    shared: tuple[SelectedOp, ...]


def difference(before: Selection, after: Selection) -> Difference:
    """What goes when ``before`` becomes ``after``, the :func:`rest` of it."""
    left = {op.name: op for op in after.ops}
    kernels = {kernel_key(kernel) for kernel in after.kernels}
    paths = {source.path for source in after.sources}
    unmet = {_need(one) for one in after.unresolved}
    return Difference(
        tuple(op for op in before.ops if op.name not in left),
        tuple(kernel for kernel in before.kernels if kernel_key(kernel) not in kernels),
        tuple(source for source in before.sources if source.path not in paths),
        tuple(one for one in before.unresolved if _need(one) not in unmet),
        tuple(left[op.name] for op in before.ops if op.name in left and left[op.name].reasons != op.reasons),
    )


def rest(
    selection: Selection, keep: Keep, resolved: Collection[Resolved] = (), without: Collection[str] = ()
) -> Selection:
    """The selection with the reasons that ``keep`` holds on to, those of ``resolved``, and what has any of these.

    ``without``: the models that are left out. A source that registers ops or kernels stays while one of them does, one
    of another kind while an op does that it is there for.
    """
    ops: defaultdict[str, set[Reason]] = defaultdict(set)
    kernels: defaultdict[KernelKey, set[Reason]] = defaultdict(set)
    unmet: defaultdict[tuple[object, ...], set[Reason]] = defaultdict(set)
    for one in resolved:
        for name, reasons in one.ops.items():
            ops[name].update(reasons)
        for key, reasons in one.kernels.items():
            kernels[key].update(reasons)
        for need, reasons in one.problems:
            unmet[need.op, repr(sorted(need.dtypes().items()))].update(reasons)

    def left(op: str, reasons: tuple[Reason, ...], more: Iterable[Reason]) -> tuple[Reason, ...]:
        kept = [reason for reason in reasons if keep(op, reason)]
        # Sizes ask this for each op of many, and most of their reasons stay.
        return reasons if len(kept) == len(reasons) and not more else tuple(sorted({*kept, *more}))

    def op_left(one: SelectedOp) -> SelectedOp:
        reasons = left(one.name, one.reasons, ops.get(one.name, ()))
        return one if reasons is one.reasons else replace(one, reasons=reasons)

    def kernel_left(one: SelectedKernel) -> SelectedKernel:
        reasons = left(one.op, one.reasons, kernels.get(kernel_key(one), ()) if kernels else ())
        return one if reasons is one.reasons else replace(one, reasons=reasons)

    left_ops = [op_left(one) for one in selection.ops]
    left_kernels = [kernel_left(one) for one in selection.kernels]
    left_unmet = [replace(one, reasons=left(one.op, one.reasons, unmet[_need(one)])) for one in selection.unresolved]
    other_calls = {one.model.path for one in resolved}.union(without)
    calls = {call for call in selection.calls if call.model not in other_calls}.union(*(one.calls for one in resolved))
    return replace(
        selection,
        models=tuple(model for model in selection.models if model.path not in without),
        ops=tuple(op for op in left_ops if op.reasons),
        kernels=tuple(kernel for kernel in left_kernels if kernel.reasons),
        sources=tuple(_sources(selection, left_ops, left_kernels)),
        unresolved=tuple(
            replace(one, allowed=one.allowed or all(reason.rule.startswith(UNCALLED) for reason in one.reasons))
            for one in left_unmet
            if one.reasons
        ),
        calls=tuple(sorted(calls, key=lambda one: (one.model, one.function, one.caller, one.node))),
    )


def drop_ops(model: Model, ops: Collection[str]) -> Model:
    """The model without the nodes of these ops, and without the functions that only these nodes reach.

    A function that nothing called before stays, and keeps those that it calls. The graph stays a graph, even when it
    is left empty: TensorFlow loads it all the same.
    """
    functions = {
        name: replace(function, nodes=_others(function.nodes, ops)) for name, function in model.functions.items()
    }
    dropped = replace(
        model,
        nodes=_others(model.nodes, ops),
        placed=_others(model.placed, ops),
        functions=functions,
        requests=tuple(request for request in model.requests if request.op not in ops),
    )
    called = _reached(dropped, _entries(model))
    functions = {name: function for name, function in functions.items() if name in called}
    if (model.nodes or model.functions) and not (dropped.nodes or functions):
        functions = {"": Function("", (), ())}
    return replace(
        dropped,
        functions=functions,
        gradients={name: gradient for name, gradient in model.gradients.items() if name in called},
    )


def agrees(selection: Selection, resolved: Resolved) -> bool:
    """Whether the selection records for the model exactly the ops and kernels that it was now resolved to."""
    path = resolved.model.path
    return resolved.ops.keys() == {
        op.name for op in selection.ops if _of_model(path, op.reasons)
    } and resolved.kernels.keys() == {kernel_key(one) for one in selection.kernels if _of_model(path, one.reasons)}


def models_with(selection: Selection, ops: Collection[str]) -> set[str]:
    """The models that need one of these ops, or would if it could be had."""
    reasons = [op.reasons for op in selection.ops if op.name in ops]
    reasons += [one.reasons for one in selection.unresolved if one.op in ops]
    return {reason.model for each in reasons for reason in each}


class RecordedNodes:
    """What a selection recorded of the nodes of some ops: enough for an estimate of what hangs on them.

    One node is recorded by name for all of a function that came in by one rule, and one call for every function. Nodes
    that are not named are taken to be like the one that is; a function is taken to have no other caller.
    """

    def __init__(self, selection: Selection, ops: Collection[str]) -> None:
        self._ops = ops
        self._whys = {rule.why for rule in all_rules()}
        self._named: set[tuple[str, str, str]] = set()
        self._counted: set[tuple[str, str, str, int]] = set()
        rows = [(op.name, op.reasons) for op in selection.ops]
        rows += [(one.op, one.reasons) for one in selection.kernels]
        rows += [(need.op, need.reasons) for need in selection.unresolved]
        for name, reasons in rows:
            for reason in reasons:
                if name in ops and reason.node and not self._by_runtime(reason):
                    self._named.add((reason.model, reason.function, reason.node))
                    more = split_rule(reason.rule)[1]
                    self._counted.add((reason.model, reason.function, reason.node, more))
        self._gone = self._gone_functions(selection)

    def keep(self, op: str, reason: Reason) -> bool:
        """Whether the reason has nothing to do with the nodes."""
        if (reason.model, reason.function) in self._gone:
            return False
        place = (reason.model, reason.function, reason.node)
        if op in self._ops and not self._by_runtime(reason):
            return False
        more = split_rule(reason.rule)[1]
        return place not in self._named or (more > 0 and (*place, more) not in self._counted)

    def _by_runtime(self, reason: Reason) -> bool:
        return any(why in reason.rule for why in self._whys)

    def _gone_functions(self, selection: Selection) -> set[tuple[str, str]]:
        called: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        gone: set[tuple[str, str]] = set()
        for call in selection.calls:
            called[call.model, call.caller].append(call.function)
            if (call.model, call.caller, call.node) in self._named:
                gone.add((call.model, call.function))
        pending = deque(gone)
        while pending:
            model, caller = pending.popleft()
            for function in called[model, caller]:
                if (model, function) not in gone:
                    gone.add((model, function))
                    pending.append((model, function))
        return gone


def _others(nodes: tuple[Node, ...], ops: Collection[str]) -> tuple[Node, ...]:
    return tuple(node for node in nodes if node.op not in ops)


def _entries(model: Model) -> list[str]:
    """The functions to start from beside the main graph: those that nothing calls, and one of each ring of them."""
    calls = {
        name: {callee for node in function.nodes for callee in callees(model, node) if callee != name}
        for name, function in model.functions.items()
    }
    called = {callee for callees_ in calls.values() for callee in callees_}
    reached = _reached(model, ())
    entries: list[str] = []
    for name in sorted(model.functions, key=lambda name: (name in called, name)):
        if name not in reached:
            entries.append(name)
            reached |= _reached_from(calls, [name])
    return entries


def _reached(model: Model, entries: Iterable[str]) -> set[str]:
    calls = {
        name: {callee for node in function.nodes for callee in callees(model, node)}
        for name, function in model.functions.items()
    }
    return _reached_from(
        calls, [*entries, *(callee for node in (*model.nodes, *model.placed) for callee in callees(model, node))]
    )


def _reached_from(calls: Mapping[str, Iterable[str]], pending: list[str]) -> set[str]:
    reached: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += calls[name]
    return reached


def _sources(selection: Selection, ops: Iterable[SelectedOp], kernels: Iterable[SelectedKernel]) -> Iterator[Source]:
    by_kernel: defaultdict[str, set[str]] = defaultdict(set)
    by_op: defaultdict[str, set[str]] = defaultdict(set)
    names: set[str] = set()
    for kernel in kernels:
        if kernel.reasons:
            by_kernel[kernel.file].add(kernel.op)
    for op in ops:
        if op.reasons:
            by_op[op.file].add(op.name)
            names.add(op.name)
    for source in selection.sources:
        by_itself = {SYSTEM} & set(source.reasons)
        if source.kind in ("kernel", "op"):
            reasons = by_kernel[source.path] | by_op[source.path] | by_itself
            kind = "op" if source.kind == "kernel" and not by_kernel[source.path] | by_itself else source.kind
        else:
            reasons = names.intersection(source.reasons) | by_itself
            kind = source.kind
        if reasons:
            yield replace(source, kind=kind, reasons=tuple(sorted(reasons)))


def _need(one: Unresolved) -> tuple[object, ...]:
    return one.op, repr(sorted(one.types.items()))


def _of_model(path: str, reasons: Iterable[Reason]) -> bool:
    return any(reason.model == path for reason in reasons)
