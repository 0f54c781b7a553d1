"""Everything that the runtime's rules add to the nodes of a model, to a fixed point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from opsieve.dtypes import base_dtype
from opsieve.models.usage import Node, Value
from opsieve.selection.match import OpEntry
from opsieve.selection.need import Need
from opsieve.selection.nodes import NodeResolver
from opsieve.selection.runtime.rules import ANY_GRAPH, FUNCTION_CALL, Addition, Rule
from opsieve.selection.values import AttrValue, Choice

_Types = Mapping[str, AttrValue]
_Key = tuple[object, ...]


@dataclass(slots=True)
class RuntimeClosure:
    """The rules that may hold, for all models."""

    resolver: NodeResolver
    rules: tuple[Rule, ...]
    _by_ops: dict[frozenset[str], ModelClosure] = field(default_factory=dict)
    _by_rules: dict[frozenset[Rule], ModelClosure] = field(default_factory=dict)

    def of(self, ops: Iterable[str], *, calls_function: bool) -> ModelClosure:
        """The rules that hold for a model with these ops; ``calls_function``: whether functions are called by name."""
        present = frozenset(ops) | {ANY_GRAPH} | ({FUNCTION_CALL} if calls_function else set())
        found = self._by_ops.get(present)
        if found is None:
            active = self._active(present)
            found = self._by_rules.setdefault(active, ModelClosure(self.resolver, self.rules, active))
            self._by_ops[present] = found
        return found

    def _active(self, ops: frozenset[str]) -> frozenset[Rule]:
        """The rules that some op leads to; what they add counts, so that one rule may lead to another."""
        present = set(ops)
        active: set[Rule] = set()
        while True:
            more = [
                rule
                for rule in self.rules
                if rule not in active
                and not rule.when.isdisjoint(present)
                and not any(group.isdisjoint(present) for group in rule.beside)
            ]
            if not more:
                return frozenset(active)
            active.update(more)
            present.update(added.op for rule in more for added in rule.adds if self._is_defined(added.op))

    def _is_defined(self, op: str) -> bool:
        return self.resolver.table.entry(op).definition is not None


class ModelClosure:
    """What some active rules add to a node; models with the same rules share it."""

    def __init__(self, resolver: NodeResolver, rules: tuple[Rule, ...], active: frozenset[Rule]) -> None:
        self._resolver = resolver
        self._by_op: dict[str, list[Rule]] = {}
        for rule in rules:
            if rule in active:
                for op in rule.when:
                    self._by_op.setdefault(op, []).append(rule)
        self._asked = {name for rule in active for name in rule.values}
        self._known: dict[_Key, tuple[Need, ...]] = {}

    def of_any_graph(self) -> tuple[Need, ...]:
        """What every graph needs."""
        return self._added(ANY_GRAPH, {}, {})

    def of(self, node: Node, types: _Types, *, is_call: bool) -> tuple[Need, ...]:
        """What the runtime adds because of a node with these types; ``is_call``: its op is a function."""
        op = FUNCTION_CALL if is_call else node.op
        if op not in self._by_op:
            return ()
        return self._added(op, {} if is_call else types, node.values)

    def _added(self, op: str, types: _Types, values: Mapping[str, Value]) -> tuple[Need, ...]:
        key = (op, tuple(types.items()), tuple((name, values.get(name)) for name in self._asked))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(self._closure(op, types, values))
        return found

    def _closure(self, op: str, types: _Types, values: Mapping[str, Value]) -> Iterator[Need]:
        pending: list[tuple[str, _Types, Mapping[str, Value]]] = [(op, types, values)]
        seen: set[_Key] = set()
        while pending:
            op, types, values = pending.pop()
            for rule in self._by_op.get(op, ()):
                if not self._holds(rule, op, types, values):
                    continue
                for added in rule.adds:
                    for combination in self._combinations(added, op, types):
                        key = (id(rule), added.op, tuple(combination.items()))
                        if key in seen:
                            continue
                        seen.add(key)
                        need = self._resolver.added(
                            added.op, combination, rule.why, certain=rule.certain, compiles=rule.compiles
                        )
                        if need is not None:
                            yield need
                            pending.append((added.op, combination, {}))

    def _holds(self, rule: Rule, op: str, types: _Types, values: Mapping[str, Value]) -> bool:
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


def _admits(value: AttrValue, allowed: frozenset[str]) -> bool:
    if value is None:
        return True
    if isinstance(value, Choice):
        return not value.allowed or not allowed.isdisjoint(value.allowed)
    return value in allowed if isinstance(value, str) else not allowed.isdisjoint(value)
