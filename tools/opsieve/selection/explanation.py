"""Why an op, a kernel class or a source file is in a selection; plain data for people and programs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from opsieve.selection.match import CPU, DEFAULT
from opsieve.selection.requests import plain_class
from opsieve.selection.selection import (
    Call,
    Reason,
    SelectedKernel,
    SelectedOp,
    Selection,
    Source,
    Unresolved,
)
from opsieve.tree.index import Index, Kernel

Kind = Literal["op", "class", "file"]
Types = tuple[tuple[str, tuple[str, ...]], ...]

LONGEST_WAY = 100
"""More calls than this between the main graph and a function are not followed; real models have a handful."""

SYSTEM = "system"
"""What a source is there for that registers itself whatever is selected (see select.py)."""

# How tally.py counts the nodes that a reason does not name.
_MORE_NODES = re.compile(r"(?:^|; )and (\d+) more nodes?$")
_UNCERTAIN = "every kernel that could match"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Step:
    """A call on the way to a function: the node ``node`` of ``function`` ("" for the main graph)."""

    function: str
    node: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """The type attrs that kernels were looked up with, and the kernels; none of an op that needs no kernel."""

    types: Types
    kernels: tuple[SelectedKernel, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """Nodes that came in by one rule: the first by name ("" where no node is the reason), how many more, the rule."""

    node: str
    more_nodes: int
    rule: str
    lookups: tuple[Lookup, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Uses in one function ("" for the main graph).

    ``way``: the calls that lead there from the main graph; None where nothing calls the function. ``cut``: the way is
    longer, and these are its last steps.
    """

    function: str
    way: tuple[Step, ...] | None
    cut: bool
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class ModelUse:
    """Where a model uses an op."""

    model: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class OpUse:
    """An op with what is asked about it: kernels, every source that is there for it, and who needs them.

    ``file`` and ``line``: where it is defined; "" and 0 for an op that is needed and is not in the index.
    """

    name: str
    file: str
    line: int
    kernels: tuple[SelectedKernel, ...]
    sources: tuple[Source, ...]
    models: tuple[ModelUse, ...]
    unresolved: tuple[Unresolved, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something is there: ``name`` is an op, a kernel class or a path, ``ops`` what it is there for.

    ``selected`` is false for an op of which nothing but unmet needs is known. ``source``: of a file.
    """

    asked: str
    kind: Kind
    name: str
    selected: bool
    ops: tuple[OpUse, ...]
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """Something that TensorFlow has and that nothing needs. ``file`` and ``line``: of an op its definition.

    ``kernels``: how many there are for a CPU. ``near``: names alike that are selected. ``always``: TensorFlow registers
    it whatever is selected (REGISTER_SYSTEM_OP in tensorflow/core/framework/op.h).
    """

    asked: str
    kind: Kind
    name: str
    file: str
    line: int
    kernels: int
    near: tuple[str, ...]
    always: bool = False


def explain(selection: Selection, asked: str, *, longest_way: int = LONGEST_WAY) -> tuple[Explanation, ...]:
    """Why ``asked`` is in the selection: an op, else a kernel class (spaces do not count), else a source file.

    A file may be named by the last parts of its path; each that fits is explained. Empty where nothing is known of it.
    """
    record = _Record(selection, longest_way)
    ops = [op for op in selection.ops if op.name == asked]
    if ops or any(one.op == asked for one in selection.unresolved):
        return (Explanation(asked, "op", asked, bool(ops), (record.whole(asked),)),)
    named = [one for one in selection.kernels if _same_class(one.class_text, asked)]
    if named:
        return (Explanation(asked, "class", named[0].class_text, True, tuple(record.of_kernels(named))),)
    return tuple(
        Explanation(asked, "file", source.path, True, tuple(record.of_source(source)), source)
        for source in selection.sources
        if _names_path(asked, source.path)
    )


def absent(selection: Selection, index: Index, asked: str) -> Absent | None:
    """What ``index`` knows of something that is not in the selection; None where it knows nothing either."""
    near = near_names(asked, [op.name for op in selection.ops])
    definition = index.ops.get(asked)
    if definition is not None:
        count = len(_for_cpu(index.kernels.get(asked, ())))
        return Absent(asked, "op", asked, definition.file, definition.line, count, near, definition.system)
    kernels = [one for op in index.kernels for one in _for_cpu(index.kernels[op])]
    named = [one for one in kernels if _same_class(one.class_text, asked)]
    if named:
        return Absent(asked, "class", named[0].class_text, named[0].file, named[0].line, len(named), near)
    files = {one.file for one in kernels} | {one.file for one in index.ops.values()}
    for path in sorted(files):
        if _names_path(asked, path):
            return Absent(asked, "file", path, path, 0, sum(one.file == path for one in kernels), near)
    return None


def near_names(wanted: str, *pools: Collection[str]) -> tuple[str, ...]:
    """Up to three names that look like ``wanted``, whatever their case, of the first pool that has any."""
    if len(wanted) > _LONGEST_NAME:
        return ()
    import difflib

    for pool in pools:
        by_lower = {name.lower(): name for name in sorted(pool, reverse=True)}
        close = difflib.get_close_matches(wanted.lower(), sorted(by_lower), n=3)
        if close:
            return tuple(by_lower[name] for name in close)
    return ()


def split_rule(rule: str) -> tuple[str, int]:
    """The rule of a reason without its count of nodes, and the count."""
    found = _MORE_NODES.search(rule)
    return (rule[: found.start()], int(found[1])) if found else (rule, 0)


class _Record:
    """What a selection recorded, by op and by function."""

    def __init__(self, selection: Selection, longest_way: int) -> None:
        self._selection = selection
        self._longest_way = longest_way
        self._ops = {op.name: op for op in selection.ops}
        self._calls = {(call.model, call.function): call for call in selection.calls}

    def whole(self, name: str) -> OpUse:
        """All of an op."""
        kernels = [one for one in self._selection.kernels if one.op == name]
        return self._use(name, kernels, self._reasons(name))

    def of_kernels(self, kernels: Iterable[SelectedKernel]) -> Iterator[OpUse]:
        """The ops of these kernels, as far as the kernels are the matter."""
        by_op: dict[str, list[SelectedKernel]] = {}
        for kernel in kernels:
            by_op.setdefault(kernel.op, []).append(kernel)
        for name, own in by_op.items():
            yield self._use(name, own, ())

    def of_source(self, source: Source) -> Iterator[OpUse]:
        """The ops of a file, as far as what stands there is the matter."""
        for name in source.reasons:
            op = self._ops.get(name)
            if op is None:
                continue
            kernels = [one for one in self._selection.kernels if one.op == name and one.file == source.path]
            if kernels or op.file == source.path:
                yield self._use(name, kernels, op.reasons if op.file == source.path else ())
            else:
                yield self.whole(name)

    def _reasons(self, name: str) -> tuple[Reason, ...]:
        return self._ops[name].reasons if name in self._ops else ()

    def _use(self, name: str, kernels: Iterable[SelectedKernel], reasons: Iterable[Reason]) -> OpUse:
        op = self._ops.get(name, SelectedOp(name, ()))
        kernels = tuple(kernels)
        return OpUse(
            name,
            op.file,
            op.line,
            kernels,
            tuple(source for source in self._selection.sources if name in source.reasons),
            tuple(self._models(kernels, reasons)),
            tuple(one for one in self._selection.unresolved if one.op == name),
        )

    def _models(self, kernels: Iterable[SelectedKernel], reasons: Iterable[Reason]) -> Iterator[ModelUse]:
        places: defaultdict[str, dict[str, list[tuple[Reason, SelectedKernel | None]]]] = defaultdict(dict)
        for kernel in kernels:
            for reason in kernel.reasons:
                places[reason.model].setdefault(reason.function, []).append((reason, kernel))
        for reason in reasons:
            there = places[reason.model].setdefault(reason.function, [])
            if not any(kernel is not None and _covers(by, reason) for by, kernel in there):
                there.append((reason, None))
        for model in sorted(places):
            found = [self._place(model, function, places[model][function]) for function in sorted(places[model])]
            yield ModelUse(model, tuple(found))

    def _place(self, model: str, function: str, found: Iterable[tuple[Reason, SelectedKernel | None]]) -> Place:
        uses: dict[tuple[str, int, str], dict[Types, list[SelectedKernel]]] = {}
        for reason, kernel in found:
            rule, more = split_rule(reason.rule)
            lookups = uses.setdefault((reason.node, more, rule), {})
            lookups.setdefault(reason.types, []).extend([kernel] if kernel else [])
        way, cut = self._way(model, function)
        return Place(
            function,
            way,
            cut,
            tuple(
                Use(*key, tuple(Lookup(types, tuple(uses[key][types])) for types in sorted(uses[key])))
                for key in sorted(uses)
            ),
        )

    def _way(self, model: str, function: str) -> tuple[tuple[Step, ...] | None, bool]:
        steps: list[Step] = []
        while function:
            call: Call | None = self._calls.get((model, function))
            if call is None:
                return None, False
            if len(steps) == self._longest_way:
                return tuple(reversed(steps)), True
            steps.append(Step(call.caller, call.node))
            function = call.caller
        return tuple(reversed(steps)), False


def _covers(kernel: Reason, op: Reason) -> bool:
    """Whether a kernel's reason tells all that the op's does: it came in by the same rule, or that and more."""
    of_kernel, of_op = split_rule(kernel.rule)[0], split_rule(op.rule)[0]
    return of_kernel == of_op or of_kernel.startswith(f"{of_op}; " if of_op else _UNCERTAIN)


def _for_cpu(kernels: Iterable[Kernel]) -> list[Kernel]:
    return [one for one in kernels if one.device in (CPU, DEFAULT)]


def _same_class(text: str, asked: str) -> bool:
    return _bare(text) == _bare(asked) != ""


def _bare(text: str) -> str:
    # A class text with a comma in it stands in parentheses, where a macro takes it as one argument.
    plain = plain_class(text)
    return plain[1:-1] if plain.startswith("(") and plain.endswith(")") else plain


def _names_path(asked: str, path: str) -> bool:
    return path == asked or (bool(asked) and path.endswith(f"/{asked}"))
