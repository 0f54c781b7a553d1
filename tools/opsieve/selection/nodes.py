"""From a node to its need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from opsieve.models.usage import Model, Node, Value
from opsieve.selection.kernelless import kernelless_ops
from opsieve.selection.match import KernelTable
from opsieve.selection.need import Need, Problem
from opsieve.selection.values import AttrValue, Choice


@dataclass(slots=True)
class NodeResolver:
    """Resolves nodes against one index; equal needs are one object, whatever model they come from."""

    table: KernelTable
    _needs: dict[tuple[object, ...], Need] = field(default_factory=dict)

    def needs(self, model: Model, node: Node, types: Mapping[str, AttrValue]) -> Iterator[Need]:
        """What the node asks for itself, and the functions it calls that are not there."""
        if node.op not in model.functions:
            yield self._lookup(node, types)
        for attr, refs in node.functions.items():
            for ref in refs:
                if ref.name and ref.name not in model.functions and self._calls(node.op, attr, ref.name):
                    yield self._absent_function(node.op, ref.name)

    def _lookup(self, node: Node, types: Mapping[str, AttrValue]) -> Need:
        op, label = node.op, node.label
        entry = self.table.entry(op)
        if entry.definition is None:
            items = tuple(sorted(types.items(), key=lambda item: item[0]))
            return self._remember((op, items), Need(op, items, problem=Problem.NO_OP))
        asked = tuple(map(types.get, entry.attrs))
        values: tuple[Value | None, ...] | None = ()
        if entry.value_attrs:
            # A placeholder for such an attr is among the types, where its value is not known either.
            bound = types.keys().isdisjoint(entry.value_attrs)
            values = tuple(map(node.values.get, entry.value_attrs)) if bound else None
        key = (op, label, asked, repr(values))
        return self._needs.get(key) or self._remember(key, self._find(op, label, asked, values))

    def added(
        self, op: str, types: Mapping[str, AttrValue], rule: str, *, certain: bool, compiles: str = ""
    ) -> Need | None:
        """What a node that the runtime adds asks for; an attr not in ``types`` may be any, unless it has a default.

        None where the tree has no such op or no kernel for it, unless the runtime is ``certain`` to add it.
        """
        entry = self.table.entry(op)
        if entry.definition is None:
            items = tuple(sorted(types.items(), key=lambda item: item[0]))
            absent = Need(op, items, rule=rule, problem=Problem.NO_OP)
            return self._remember((op, rule, items), absent) if certain else None
        asked = tuple(
            types.get(name, None if entry.defaults.get(name) is not None else Choice("any dtype"))
            for name in entry.attrs
        )
        key = (op, rule, asked, compiles)
        found = self._needs.get(key)
        if found is None:
            match = self.table.find(op, "", asked)
            known = tuple(entry.types_or_defaults(asked).items())
            problem = None if match.kernels else Problem.NO_KERNEL
            found = self._remember(key, Need(op, known, match, rule=rule, problem=problem, compiles=compiles))
        return found if certain or found.problem is None else None

    def _find(self, op: str, label: str, types: tuple[AttrValue, ...], values: tuple[Value | None, ...] | None) -> Need:
        entry = self.table.entry(op)
        match = self.table.find(op, label, types, values)
        known = tuple(entry.types_or_defaults(types).items())
        if match.kernels:
            return Need(op, known, match, label)
        if op in kernelless_ops():
            return Need(op, known, match, label, kernelless_ops()[op])
        if match.error:
            return Need(op, known, match, label, problem=Problem.REFUSED, detail=match.error)
        shown = () if values is None else tuple(entry.values_or_defaults(values).items())
        return Need(op, known, match, label, values=shown, problem=Problem.NO_KERNEL)

    def _calls(self, op: str, attr: str, name: str) -> bool:
        """Whether TensorFlow would look up the function: an attr that the op does not have is never read."""
        definition = self.table.entry(op).definition
        if definition is None:
            return False
        if op == "SymbolicGradient" and self.table.entry(name).definition is not None:
            # InstantiateSymbolicGradient (tensorflow/core/common_runtime/function.cc) takes an op's name there too.
            return False
        return any(one.name == attr and one.type in ("func", "list(func)") for one in definition.attrs)

    def _absent_function(self, caller: str, name: str) -> Need:
        return self._remember((name, caller), Need(name, problem=Problem.NO_FUNCTION, detail=caller))

    def _remember(self, key: tuple[object, ...], need: Need) -> Need:
        return self._needs.setdefault(key, need)
