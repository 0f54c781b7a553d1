"""What the runtime adds to the graphs of one model, whose nodes' places in them count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from opsieve.models.usage import Model, Node
from opsieve.selection.need import Need
from opsieve.selection.nodes import NodeResolver
from opsieve.selection.runtime.closure import ModelClosure, RuntimeClosure
from opsieve.selection.runtime.rules import ALWAYS, Condition, Rule
from opsieve.selection.runtime.structure import Conditions, Structure
from opsieve.selection.values import AttrValue

# OptimizationPassRegistry::PRE_PLACEMENT (tensorflow/core/common_runtime): these run on the whole graph. Of what comes
# later only that lasts which is run (GraphExecutionState::BuildGraph).
_BEFORE_PLACEMENT = frozenset((ALWAYS, "lowering", "inlining", "rewrites"))

Types = Mapping[str, AttrValue]


class RuntimeRules:
    """Some rules, prepared for any number of models; what one model led to is known for the next."""

    def __init__(self, resolver: NodeResolver, rules: Iterable[Rule]) -> None:
        rules = tuple(rules)
        self.closure = RuntimeClosure(resolver, rules)
        self.placing = RuntimeClosure(resolver, tuple(one for one in rules if one.runtime_pass in _BEFORE_PLACEMENT))
        self.conditions = Conditions(rules)


class Additions:
    """What the rules add to the nodes of a model."""

    def __init__(self, rules: RuntimeRules, model: Model) -> None:
        self._model = model
        self._truths = _truths(rules, model)
        self._run = _closure(rules.closure, model, (nodes for _, nodes in model.bodies()), self._truths)
        self._placed = _closure(rules.placing, model, [model.placed], {})

    def of_any_graph(self) -> tuple[Need, ...]:
        """What every graph needs."""
        return self._run.of_any_graph()

    def of(self, node: Node, types: Types) -> tuple[Need, ...]:
        """What is added because of a node that runs, with these types."""
        truths = self._truths.get(id(node), ())
        return self._run.of(node, types, is_call=node.op in self._model.functions, truths=truths)

    def of_placed(self, node: Node) -> tuple[Need, ...]:
        """What is added because of a node that is loaded and not run."""
        return self._placed.of(node, node.types, is_call=node.op in self._model.functions)


def _truths(rules: RuntimeRules, model: Model) -> dict[int, tuple[bool, ...]]:
    """By the id of a node, since names need not be unique, which of the rules' conditions may hold for it."""
    structure = Structure(model, rules.conditions)
    found = {}
    for name, nodes in model.bodies():
        for node in nodes:
            asked = rules.closure.conditions(node.op)
            if asked and node.op not in model.functions:
                found[id(node)] = structure.truths(asked, name or "", node)
    return found


def _closure(
    closure: RuntimeClosure,
    model: Model,
    bodies: Iterable[tuple[Node, ...]],
    truths: Mapping[int, tuple[bool, ...]],
) -> ModelClosure:
    ops: set[str] = set()
    possible: defaultdict[str, set[Condition]] = defaultdict(set)
    for nodes in bodies:
        for node in nodes:
            ops.add(node.op)
            known = truths.get(id(node))
            if known:
                asked = closure.conditions(node.op)
                possible[node.op].update(one for one, holds in zip(asked, known, strict=True) if holds)
    calls_function = not ops.isdisjoint(model.functions)
    return closure.of(ops - model.functions.keys(), calls_function=calls_function, possible=possible)
