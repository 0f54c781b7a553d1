"""Everything that the runtime's rules add to the nodes of a model, to a fixed point."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from opsieve.dtypes import base_dtype
from opsieve.models.usage import Node, Value
from opsieve.selection.match import OpEntry
from opsieve.selection.need import Need
from opsieve.selection.nodes import NodeResolver
from opsieve.selection.runtime.rules import ANY_GRAPH, FUNCTION_CALL, Addition, Condition, Rule
from opsieve.selection.values import AttrValue, Choice

_Types = Mapping[str, AttrValue]
_Key = tuple[object, ...]
# Of conditions whether they may hold; one that is not there may.
_Truths = Mapping[Condition, bool]

_NO_TRUTHS: _Truths = {}


@dataclass(slots=True)
class RuntimeClosure:
    """The rules that may hold, for all models."""

    resolver: NodeResolver
    rules: tuple[Rule, ...]
    _rules_by_op: dict[str, list[Rule]] = field(default_factory=dict)
    _conditions: dict[str, tuple[Condition, ...]] = field(default_factory=dict)
    _by_ops: dict[_Key, ModelClosure] = field(default_factory=dict)
    _by_rules: dict[frozenset[Rule], ModelClosure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rule in self.rules:
            for op in rule.when:
                self._rules_by_op.setdefault(op, []).append(rule)

    def conditions(self, op: str) -> tuple[Condition, ...]:
        """What the rules ask of the place of a node with this op, or with one that it may turn into."""
        found = self._conditions.get(op)
        if found is None:
            found = self._conditions[op] = tuple(dict.fromkeys(self._asked_of(op)))
        return found

    def _asked_of(self, op: str) -> Iterator[Condition]:
        pending, seen = [op], {op}
        while pending:
            for rule in self._rules_by_op.get(pending.pop(), ()):
                yield from rule.conditions
                more = {added.op for added in rule.adds if added.keeps} - seen
                seen |= more
                pending += sorted(more)

    def of(
        self,
        ops: Iterable[str],
        *,
        calls_function: bool,
        possible: Mapping[str, Collection[Condition]] | None = None,
    ) -> ModelClosure:
        """The rules that hold for a model with these ops; ``calls_function``: whether functions are called by name.

        ``possible``: for an op those of its conditions that may hold for some node, where that is known.
        """
        present = frozenset(ops) | {ANY_GRAPH} | ({FUNCTION_CALL} if calls_function else set())
        may = {op: frozenset(conditions) for op, conditions in (possible or {}).items()}
        key = (present, frozenset(may.items()))
        found = self._by_ops.get(key)
        if found is None:
            active = self._active(present, may)
            found = self._by_rules.setdefault(active, ModelClosure(self, active))
            self._by_ops[key] = found
        return found

    def _active(self, ops: frozenset[str], possible: Mapping[str, frozenset[Condition]]) -> frozenset[Rule]:
        """The rules that some op leads to; what they add counts, so that one rule may lead to another."""
        may = {op: possible.get(op, frozenset(self.conditions(op))) for op in ops}
        active: set[Rule] = set()
        changed = True
        while changed:
            changed = False
            for rule in self.rules:
                leading = [op for op in rule.when if op in may and may[op].issuperset(rule.conditions)]
                if not leading or any(group.isdisjoint(may) for group in rule.groups):
                    continue
                active.add(rule)
                for added in rule.adds:
                    if self._is_defined(added.op):
                        known = may.get(added.op)
                        more = frozenset().union(known or (), *(self._left(added, may[op]) for op in leading))
                        if known is None or more > known:
                            may[added.op] = more
                            changed = True
        return frozenset(active)

    def _left(self, added: Addition, held: frozenset[Condition]) -> frozenset[Condition]:
        """The conditions that may hold for what is added because of a node for which some hold."""
        asked = (one for one in self.conditions(added.op) if one.kind not in added.never)
        return frozenset(one for one in asked if one.kind not in added.keeps or one in held)

    def _is_defined(self, op: str) -> bool:
        return self.resolver.table.entry(op).definition is not None


class ModelClosure:
    """What some active rules add to a node; models with the same rules share it."""

    def __init__(self, runtime: RuntimeClosure, active: frozenset[Rule]) -> None:
        self._resolver = runtime.resolver
        self._conditions = runtime.conditions
        self._by_op: dict[str, list[Rule]] = {}
        for rule in runtime.rules:
            if rule in active:
                for op in rule.when:
                    self._by_op.setdefault(op, []).append(rule)
        self._asked = {name for rule in active for name in rule.values}
        self._known: dict[_Key, tuple[Need, ...]] = {}

    def of_any_graph(self) -> tuple[Need, ...]:
        """What every graph needs."""
        return self._added(ANY_GRAPH, {}, {})

    def of(self, node: Node, types: _Types, *, is_call: bool, truths: tuple[bool, ...] = ()) -> tuple[Need, ...]:
        """What the runtime adds because of a node with these types; ``is_call``: its op is a function.

        ``truths``: which of ``RuntimeClosure.conditions`` of its op may hold, where that is known.
        """
        op = FUNCTION_CALL if is_call else node.op
        if op not in self._by_op:
            return ()
        return self._added(op, {} if is_call else types, node.values, () if is_call else truths)

    def _added(
        self, op: str, types: _Types, values: Mapping[str, Value], truths: tuple[bool, ...] = ()
    ) -> tuple[Need, ...]:
        key = (op, truths, tuple(types.items()), tuple((name, values.get(name)) for name in self._asked))
        found = self._known.get(key)
        if found is None:
            known = dict(zip(self._conditions(op), truths, strict=True)) if truths else _NO_TRUTHS
            found = self._known[key] = tuple(self._closure(op, types, values, known))
        return found

    def _closure(self, op: str, types: _Types, values: Mapping[str, Value], truths: _Truths) -> Iterator[Need]:
        pending: list[tuple[str, _Types, Mapping[str, Value], _Truths]] = [(op, types, values, truths)]
        seen: set[_Key] = set()
        while pending:
            op, types, values, truths = pending.pop()
            for rule in self._by_op.get(op, ()):
                if not self._holds(rule, op, types, values, truths):
                    continue
                for added in rule.adds:
                    kept = _kept(added, self._conditions(added.op), truths)
                    for combination in self._combinations(added, op, types):
                        key = (id(rule), added.op, tuple(combination.items()), tuple(kept.items()))
                        if key in seen:
                            continue
                        seen.add(key)
                        need = self._resolver.added(
                            added.op, combination, rule.why, certain=rule.certain, compiles=rule.compiles
                        )
                        if need is not None:
                            yield need
                            pending.append((added.op, combination, {}, kept))

    def _holds(self, rule: Rule, op: str, types: _Types, values: Mapping[str, Value], truths: _Truths) -> bool:
        if not all(truths.get(condition, True) for condition in rule.conditions):
            return False
        if any(values.get(name) != value for name, value in rule.values.items()):
            return False
        return all(_admits(self._value(op, types, name), allowed) for name, allowed in rule.where.items())

    def _combinations(self, added: Addition, op: str, types: _Types) -> Iterator[_Types]:
        options = [
            dict.fromkeys(option for text in texts for option in self._options(text, op, types))
            for texts in added.types.values()
        ]
        for values in product(*options):
            yield dict(zip(added.types, values, strict=True))

    def _options(self, text: str, op: str, types: _Types) -> Iterable[AttrValue]:
        whole = text.startswith("list $")
        if not whole and not text.startswith("$"):
            return (text,)
        name = text.partition("$")[2]
        value = self._value(op, types, name)
        if value is None:
            return (Choice(f"{name} of {op} is not known", is_list=whole),)
        if isinstance(value, Choice):
            return (Choice(value.why, value.allowed, is_list=whole),)
        each = (value,) if isinstance(value, str) else value
        plain = tuple(map(base_dtype, each))
        return (plain,) if whole else plain

    def _value(self, op: str, types: _Types, name: str) -> AttrValue:
        found = types.get(name)
        entry: OpEntry = self._resolver.table.entry(op)
        return entry.defaults.get(name) if found is None else found


def _kept(added: Addition, asked: Iterable[Condition], truths: _Truths) -> _Truths:
    """What is known of the place of an op that is added."""
    if not added.keeps and not added.never:
        return _NO_TRUTHS
    known = {one: truth for one, truth in truths.items() if one.kind in added.keeps}
    return {**known, **{one: False for one in asked if one.kind in added.never}}


def _admits(value: AttrValue, allowed: frozenset[str]) -> bool:
    if value is None:
        return True
    if isinstance(value, Choice):
        return not value.allowed or not allowed.isdisjoint(value.allowed)
    return value in allowed if isinstance(value, str) else not allowed.isdisjoint(value)
