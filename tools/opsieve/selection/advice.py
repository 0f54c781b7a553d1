"""Why a need is not met, in words that say what to do: the nearest things that do exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from opsieve.selection.match import KernelTable
from opsieve.selection.need import Need, Problem
from opsieve.selection.requests import plain_class
from opsieve.tree.index import Index, Kernel, Skipped

# Indexes of the same tree under other presets; or how to get them, as far as they concern some ops.
Alternatives = Mapping[str, Index] | Callable[[frozenset[str]], Mapping[str, Index]]

# Comparing a name with all ops costs tens of milliseconds, and a made-up model may have any number of unknown ones.
_MAX_COMPARISONS = 20
_MAX_NAMES = 12
_LONGEST_NAME = 200
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(slots=True)
class Adviser:
    """Words the problems of one selection, which are with ``ops``.

    ``alternatives`` is asked at the first problem, not before.
    """

    table: KernelTable
    alternatives: Alternatives
    ops: frozenset[str]
    _others: dict[str, KernelTable] | None = None
    _skipped: dict[str, Skipped] | None = None
    _comparisons: int = 0

    def why(self, need: Need) -> str:
        """One line: what is missing, where it can be had, and the nearest that this index has."""
        if need.problem is Problem.NO_FUNCTION:
            return f"{need.detail} calls function {need.op}, which the function library of the model does not have"
        if need.problem is Problem.NO_OP:
            return self._no_op(need)
        if need.problem is Problem.NO_ATTR:
            return f"{need.op} has no attr {need.detail}; {self._attr_names(need.op)}"
        if need.problem is Problem.NO_CLASS:
            return self._no_class(need)
        if need.problem is Problem.REFUSED:
            return f"TensorFlow would refuse {need.op}{_for_types(need)}: {need.detail}"
        return self._no_kernel(need)

    def _no_op(self, need: Need) -> str:
        return _join(
            f"op {need.op} is not defined in {self._here()}",
            _elsewhere("it is", (name for name, table in self._tables() if need.op in table.index.ops)),
            self._unread(need.op),
            self._nearest("the nearest: ", need.op, self.table.index.ops),
            "the source of a custom op is given with --sources",
        )

    def _no_class(self, need: Need) -> str:
        wanted = plain_class(need.detail)
        return _join(
            f"{need.op} has no kernel of class {need.detail} in {self._here()}",
            _elsewhere(
                "there is one",
                (
                    name
                    for name, table in self._tables()
                    if any(plain_class(one.class_text) == wanted for one in table.entry(need.op).for_cpu())
                ),
            ),
            self._nearest(
                "the nearest: ", need.detail, {one.class_text for one in self.table.entry(need.op).for_cpu()}
            ),
        )

    def _no_kernel(self, need: Need) -> str:
        return _join(
            f"{need.op} has no kernel{_for_types(need)}{_with_label(need)} in {self._here()}",
            _elsewhere("there is one", (name for name, table in self._tables() if _met_by(table, need))),
            self._unread(need.op),
            self._existing(need),
        )

    def _existing(self, need: Need) -> str:
        entry = self.table.entry(need.op)
        labelled = [kernel for kernel in entry.for_cpu() if kernel.label == need.label]
        if labelled:
            return _taken(need, labelled)
        if entry.for_cpu():
            return f"its kernels have the label {_some(one.label or 'none' for one in entry.for_cpu())}"
        devices = {kernel.device for kernel in entry.kernels}
        return f"its kernels are for {_some(devices)} only" if devices else ""

    def _unread(self, op: str) -> str:
        if self._skipped is None:
            self._skipped = {}
            for one in self.table.index.skipped:
                for name in _QUOTED.findall(one.text):
                    self._skipped.setdefault(name, one)
        found = self._skipped.get(op)
        return f"a registration at {found.file}:{found.line} could not be read: {found.why}" if found else ""

    def _attr_names(self, op: str) -> str:
        definition = self.table.entry(op).definition
        names = _some(attr.name for attr in definition.attrs) if definition else ""
        return f"it has {names}" if names else "it has none"

    def _nearest(self, words: str, wanted: str, present: Iterable[str]) -> str:
        if self._comparisons >= _MAX_COMPARISONS or len(wanted) > _LONGEST_NAME:
            return ""
        self._comparisons += 1
        import difflib

        close = difflib.get_close_matches(wanted, sorted(present), n=3)
        return words + ", ".join(close) if close else ""

    def _here(self) -> str:
        preset = self.table.index.preset
        return f'this tree under "{preset}"' if preset else "this tree"

    def _tables(self) -> Iterable[tuple[str, KernelTable]]:
        if self._others is None:
            given = self.alternatives(self.ops) if callable(self.alternatives) else self.alternatives
            # A preset with defines of the user's own differs from the preset of that name.
            self._others = {
                f'"{name}"' + (" without further defines" if name == self.table.index.preset else ""): KernelTable(
                    other
                )
                for name, other in sorted(given.items())
                if name != self.table.index.preset or other.defines != self.table.index.defines
            }
        return self._others.items()


def _met_by(table: KernelTable, need: Need) -> bool:
    entry = table.entry(need.op)
    asked = dict(need.types)
    values = tuple(map(dict(need.values).get, entry.value_attrs))
    return bool(table.find(need.op, need.label, tuple(map(asked.get, entry.attrs)), values).kernels)


def _taken(need: Need, kernels: list[Kernel]) -> str:
    """What the kernels take where no kernel takes a dtype; the nearest kernel where it is the combination."""
    refused = []
    for name, dtypes in need.dtypes().items():
        limits = [kernel.constraints.get(name) for kernel in kernels]
        taken = {dtype for limit in limits for dtype in limit or ()}
        if None not in limits and not taken.issuperset(dtypes):
            refused.append(f"its kernels take {name} in {_some(taken)}")
    if refused:
        return ", ".join(refused)
    asked = need.dtypes()
    nearest = max(
        kernels,
        key=lambda kernel: (
            sum(set(asked.get(name, ())) <= set(limit) for name, limit in kernel.constraints.items()),
            kernel.class_text,
        ),
    )
    wanted = [(name, _some(limit)) for name, limit in nearest.constraints.items()]
    wanted += [(name, _some(map(str, limit))) for name, limit in nearest.value_constraints.items()]
    limits_text = ", ".join(f"{name} in {limit}" for name, limit in sorted(wanted))
    return f"no kernel takes these together; the nearest takes {limits_text}"


def _for_types(need: Need) -> str:
    text = ", ".join(f"{name}={'|'.join(dtypes)}" if dtypes else f"{name}=[]" for name, dtypes in need.dtypes().items())
    values = ", ".join(f"{name}={value}" for name, value in need.values if value is not None)
    asked = ", ".join(filter(None, (text, values)))
    return f" for {asked}" if asked else ""


def _with_label(need: Need) -> str:
    return f' with the label "{need.label}"' if need.label else ""


def _some(names: Iterable[str]) -> str:
    ordered = sorted(set(names))
    more = len(ordered) - _MAX_NAMES
    return ", ".join(ordered[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _elsewhere(words: str, presets: Iterable[str]) -> str:
    names = list(presets)
    return f"{words} under {', '.join(names)}" if names else ""


def _join(*parts: str) -> str:
    return "; ".join(filter(None, parts))
