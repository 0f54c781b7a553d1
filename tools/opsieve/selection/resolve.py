"""One model against an index: the ops and kernels it needs, each with its reasons."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from opsieve.models.reach import callees, reachable_functions
from opsieve.models.usage import Model
from opsieve.selection.bindings import instances
from opsieve.selection.match import KernelTable
from opsieve.selection.need import Need
from opsieve.selection.nodes import NodeResolver
from opsieve.selection.requests import request_needs
from opsieve.selection.runtime.additions import Additions, RuntimeRules
from opsieve.selection.runtime.passes import Switches
from opsieve.selection.runtime.rules import rules_for
from opsieve.selection.selection import Call, ModelDigest, Reason, SelectedKernel
from opsieve.selection.tally import Tally
from opsieve.tree.index import Index, Kernel, Value

# The rule of a need that nothing can run: a Keras LSTM has bodies for a GPU beside those that are called.
UNCALLED = "only in functions that nothing calls"
PLACED = "not run; but TensorFlow places every node of a graph that it loads"

# A need, the function body ("" for the main graph) it comes from, and under which rule → names of nodes.
_Uses = dict[tuple[Need, str, str], set[str]]


@dataclass(frozen=True, slots=True)
class KernelKey:
    """What two kernels that are selected differ in."""

    op: str
    class_text: str
    device: str
    file: str
    line: int
    constraints: tuple[tuple[str, tuple[str, ...]], ...]
    label: str = ""
    priority: int = 0
    value_constraints: tuple[tuple[str, tuple[Value, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """What one model needs; plain data that one process can hand to another.

    ``compiles``: files of gradient functions; ``cut``: see Model.
    """

    model: ModelDigest
    ops: Mapping[str, tuple[Reason, ...]]
    kernels: Mapping[KernelKey, tuple[Reason, ...]]
    problems: tuple[tuple[Need, tuple[Reason, ...]], ...] = ()
    calls: tuple[Call, ...] = ()
    cut: tuple[str, ...] = ()
    compiles: frozenset[str] = frozenset()


@dataclass(slots=True)
class Resolver:
    """Resolves models against one index; what one model needed is known for the next."""

    index: Index
    switches: Switches
    table: KernelTable = field(init=False)
    _nodes: NodeResolver = field(init=False)
    _rules: RuntimeRules = field(init=False)

    def __post_init__(self) -> None:
        self.table = KernelTable(self.index)
        self._nodes = NodeResolver(self.table)
        self._rules = RuntimeRules(self._nodes, rules_for(self.index.version, self.switches))

    def resolve(self, model: Model) -> Resolved:
        """The ops and kernels that TensorFlow would look up on a CPU to run ``model``, all functions of it included."""
        ops: Tally[str] = Tally()
        kernels: Tally[KernelKey] = Tally()
        problems: Tally[Need] = Tally()
        uses = self._uses(model)
        _count(model.path, uses, ops, kernels, problems)
        return Resolved(
            model=ModelDigest(model.path, model.sha256, model.format),
            ops=dict(ops.items()),
            kernels=dict(kernels.items()),
            problems=tuple(problems.items()),
            calls=tuple(_calls(model)),
            cut=model.cut,
            compiles=frozenset(need.compiles for need, _, _ in uses if need.compiles),
        )

    def _uses(self, model: Model) -> _Uses:
        uses: defaultdict[tuple[Need, str, str], set[str]] = defaultdict(set)
        called = reachable_functions(model, (*model.nodes, *model.placed)) | {""}
        additions = Additions(self._rules, model)
        for function, node, types in instances(model):
            rule = "" if function in called else UNCALLED
            for need in (*self._nodes.needs(model, node, types), *additions.of(node, types)):
                uses[need, function, rule].add(node.name)
        for node in model.placed:
            for need in (*self._nodes.needs(model, node, node.types), *additions.of_placed(node)):
                uses[need, "", PLACED].add(node.name)
        # A list of ops is no graph.
        for need in additions.of_any_graph() if not model.requests else ():
            uses[need, "", ""].add("")
        for request in model.requests:
            for need in request_needs(request, self.table):
                uses[need, "", ""].add("")
        return uses


def kernel_key(kernel: Kernel | SelectedKernel) -> KernelKey:
    """The key of a kernel of an index or of a selection."""
    return KernelKey(
        kernel.op,
        kernel.class_text,
        kernel.device,
        kernel.file,
        kernel.line,
        tuple(sorted(kernel.constraints.items())),
        kernel.label,
        kernel.priority,
        tuple(sorted(kernel.value_constraints.items())),
    )


def _count(path: str, uses: _Uses, ops: Tally[str], kernels: Tally[KernelKey], problems: Tally[Need]) -> None:
    """Fold the uses of a model; different needs that led to the same op or kernel count each node once."""
    by_op: defaultdict[tuple[str, str, str], dict[str, Need]] = defaultdict(dict)
    by_kernel: defaultdict[tuple[KernelKey, str, str], dict[str, Need]] = defaultdict(dict)
    keys: dict[int, KernelKey] = {}
    for (need, function, rule), nodes in uses.items():
        if need.problem is not None:
            problems.add(need, path, function, dict.fromkeys(nodes, need), _joined(rule, need.rule))
        placed = PLACED if rule == PLACED else ""
        if need.defined:
            # That a kernel was not certain says nothing of the op.
            by_op[need.op, function, _joined(placed, need.rule)].update(dict.fromkeys(nodes, need))
        of_kernel = _joined(placed, need.rule, need.uncertain)
        for kernel in need.match.kernels:
            key = keys.get(id(kernel)) or keys.setdefault(id(kernel), kernel_key(kernel))
            by_kernel[key, function, of_kernel].update(dict.fromkeys(nodes, need))
    for (op, function, rule), users in by_op.items():
        ops.add(op, path, function, users, rule)
    for (kernel_of, function, rule), users in by_kernel.items():
        kernels.add(kernel_of, path, function, users, rule, with_types=True)


def _joined(*rules: str) -> str:
    return "; ".join(filter(None, rules))


def _calls(model: Model) -> Iterator[Call]:
    """For every function that the main graph reaches the first call of it, breadth first."""
    seen: set[str] = set()
    pending = deque([("", (*model.nodes, *model.placed))])
    while pending:
        caller, nodes = pending.popleft()
        for node in nodes:
            for name in callees(model, node):
                if name not in seen:
                    seen.add(name)
                    yield Call(model.path, name, caller, node.name)
                    pending.append((name, model.functions[name].nodes))
