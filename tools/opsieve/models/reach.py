"""The part of a model that an app runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from opsieve.errors import OpsieveError
from opsieve.models.contents import INIT_SIGNATURE
from opsieve.models.usage import FunctionRef, Model, Node, Signature

SAVER_OPS = frozenset(
    (
        "MergeV2Checkpoints",
        "Restore",
        "RestoreSlice",
        "RestoreV2",
        "Save",
        "SaveSlices",
        "SaveV2",
        "ShardedFilename",
        "ShardedFilespec",
    )
)
"""What a Saver puts into graphs (tensorflow/python/training/saver.py)."""

# TensorFlow turns these into their functions' bodies before it places a graph (LowerFunctionalOpsPass in
# tensorflow/core/common_runtime/lower_functional_ops.cc), other calls afterwards.
_CONTROL_FLOW = frozenset(("While", "StatelessWhile", "_While", "If", "StatelessIf", "_If", "Case", "StatelessCase"))


_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class Reach:
    """Which part of a model to keep: what signatures (all of them, unless some are named) or ``outputs`` reach.

    What loading runs is kept with it: the saver, which restores variables, and the initialisers.

    ``outputs`` and ``inputs`` are tensor names (``"node"``, ``"node:1"``); what computes an input is not kept.
    ``savers``: whether saving and restoring belong to the app. ``all_functions`` keeps functions that nothing calls.
    """

    signatures: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    savers: bool = True
    all_functions: bool = False


def restrict(model: Model, reach: Reach, shown: str) -> Model:
    """The model without what is not reached. ``shown`` names its file in errors.

    A graph without signatures is reached whole, unless ``reach`` names outputs. A loaded graph is placed whole
    (GraphExecutionState::InitBaseGraph in tensorflow/core/common_runtime, while
    GraphOptions.place_pruned_graph is off, as it is by default), and a node without a kernel fails that: what is
    loaded and not run is in ``placed``. Where ``reach`` says what to keep, the graph that ships counts as cut to that,
    and ``cut`` has the ops of the nodes that it should no longer have.

    Raises:
        OpsieveError: the model has no such signature, output or input, or an input names a node that does not exist.
    """
    graph = _Graph(model, reach, shown)
    # Nodes of a saver that the app does not keep; a signature may still ask for some of them.
    saving = frozenset[str]() if reach.savers else graph.only_for_saving()
    reached = graph.reached(saving)
    nodes = [*(node for node in model.nodes if node.name in reached), *graph.fed_nodes()]
    rest = [node for node in model.nodes if node.name not in reached and node.name not in graph.fed]
    is_cut = bool(reach.signatures or reach.outputs or reach.inputs)
    placed = [] if is_cut else [node for node in rest if node.name not in saving]
    called = reachable_functions(model, [*nodes, *(node for node in placed if node.op in _CONTROL_FLOW)])
    if reach.all_functions:
        called = set(model.functions)
    kept = {node.op for node in (*nodes, *placed)}
    return replace(
        model,
        nodes=tuple(nodes),
        functions={name: each for name, each in model.functions.items() if name in called},
        gradients={name: each for name, each in model.gradients.items() if name in called},
        placed=tuple(placed),
        cut=tuple(sorted({node.op for node in model.nodes} - kept - model.functions.keys())),
    )


class _Graph:
    """The main graph of a model, by name, and where its reaching starts and ends."""

    def __init__(self, model: Model, reach: Reach, shown: str) -> None:
        self.model = model
        self.reach = reach
        self.shown = shown
        self.by_name = {node.name: node for node in model.nodes}
        self.fed_tensors = frozenset(_tensor(each) for each in reach.inputs)
        self.fed = frozenset(name for name, _ in self.fed_tensors)
        for name, _ in sorted(self.fed_tensors):
            self._check(name, "--inputs")

    def reached(self, without: Collection[str]) -> set[str]:
        """The names of the nodes that run, of those that are not in ``without`` only by it."""
        if not self.reach.outputs and not self.fed and not self.reach.signatures and not self.model.signatures:
            return set(self.by_name).difference(without)
        found: set[str] = set()
        pending = self._roots(without)
        while pending:
            wanted, user = pending.pop()
            if wanted in found:
                continue
            self._check(wanted, user)
            found.add(wanted)
            pending += [(name, f"the node {wanted!r}") for name in self._inputs(self.by_name[wanted])]
        return found

    def only_for_saving(self) -> frozenset[str]:
        """Nodes that save and restore, those that wait for them, and those that nothing but these uses."""
        users = self._users()
        found = {node.name for node in self.model.nodes if node.op in SAVER_OPS}
        found |= self._saver_nodes() & self.by_name.keys()
        waiting = list(found)
        while waiting:
            later = [name for name in users.get(waiting.pop(), ()) if name not in found]
            found.update(later)
            waiting += later
        pending = set(found)
        while pending:
            inputs = {name for each in pending for name in self._inputs(self.by_name[each])} - found
            pending = {name for name in inputs if name in self.by_name and found.issuperset(users.get(name, ()))}
            found |= pending
        return frozenset(found)

    def fed_nodes(self) -> Iterator[Node]:
        """What a graph has in the place of a node that is fed."""
        for name, port in sorted(self.fed_tensors):
            node = self.by_name[name]
            yield node if node.op.startswith("Placeholder") else _placeholder(name, port)

    def _roots(self, without: Collection[str]) -> list[tuple[str, str]]:
        chosen = [self._signature(name) for name in self.reach.signatures]
        roots = [(_tensor(each)[0], "--outputs") for each in self.reach.outputs]
        if not chosen and not roots:
            if not self.model.signatures:
                return [(name, "the graph") for name in self._ends() if name not in without and name not in self.fed]
            chosen = list(self.model.signatures.values())
        roots += _outputs(chosen)
        # Loading a SavedModel restores its variables and runs its initialisers, whatever is run afterwards.
        roots += [(node_name(each), "an initialiser") for each in self.model.initializers]
        if self.reach.savers:
            roots += [(name, "the saver") for name in sorted(self._saver_nodes())]
        return roots

    def _signature(self, name: str) -> Signature:
        found = self.model.signatures.get(name)
        if found is None:
            listed = ", ".join(sorted(self.model.signatures)) or "none"
            raise OpsieveError(f"{self.shown}: has no signature {name!r}", hint=f"The signatures there are: {listed}")
        return found

    def _saver_nodes(self) -> set[str]:
        saver = self.model.saver
        return {node_name(each) for each in (saver.save, saver.restore) if each} if saver else set()

    def _ends(self) -> list[str]:
        used = {name for node in self.model.nodes for name in map(node_name, node.inputs)}
        return [name for name in self.by_name if name not in used]

    def _inputs(self, node: Node) -> Iterator[str]:
        for each in node.inputs:
            if each.startswith("^") or _tensor(each) not in self.fed_tensors:
                yield node_name(each)

    def _users(self) -> Mapping[str, list[str]]:
        users: dict[str, list[str]] = {}
        for node in self.model.nodes:
            for name in set(map(node_name, node.inputs)):
                users.setdefault(name, []).append(node.name)
        return users

    def _check(self, name: str, user: str) -> None:
        if name in self.by_name:
            return
        if user.startswith("--"):
            likely = (
                [node.name for node in self.model.nodes if node.op.startswith("Placeholder")]
                if user == "--inputs"
                else self._ends()
            )
            more = f" and {len(likely) - _MOST_NAMES} more" if len(likely) > _MOST_NAMES else ""
            raise OpsieveError(
                f"{self.shown}: has no node {name!r}, which {user} names",
                hint=f"It may be one of: {', '.join(likely[:_MOST_NAMES]) or 'none'}{more}. node:1 is a second output",
            )
        raise OpsieveError(f"{self.shown}: {user} uses the node {name!r}, which does not exist")


def _outputs(signatures: Iterable[Signature]) -> list[tuple[str, str]]:
    return [
        (node_name(tensor), f"the signature {signature.name!r}")
        for signature in signatures
        if signature.name != INIT_SIGNATURE
        for tensor in signature.outputs.values()
        if tensor
    ]


def _placeholder(name: str, port: int) -> Node:
    return Node(f"{name}:{port}" if port else name, "Placeholder", "", (), {"dtype": "$dtype"}, {})


def _tensor(name: str) -> tuple[str, int]:
    head, separator, index = name.rpartition(":")
    return (head, int(index)) if separator and index.isdecimal() else (name, 0)


def node_name(tensor: str) -> str:
    """The node of an input or tensor name: ``"^a"``, ``"a:1"`` and ``"a"`` are all of ``"a"``."""
    return _tensor(tensor.removeprefix("^"))[0]


def reachable_functions(model: Model, nodes: Iterable[Node]) -> set[str]:
    """The names of the library's functions that these nodes call, directly or through functions and gradients."""
    reached: set[str] = set()
    pending = [name for node in nodes for name in callees(model, node)]
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += [each for node in model.functions[name].nodes for each in callees(model, node)]
    return reached


def callees(model: Model, node: Node) -> Iterator[str]:
    """The functions of the library that a node calls: by its op, through its attrs, and the gradients of these."""
    if not node.functions and node.op not in model.functions and node.op not in model.gradients:
        return
    names = [node.op]
    pending: list[FunctionRef] = [each for refs in node.functions.values() for each in refs]
    while pending:
        reference = pending.pop()
        names.append(reference.name)
        pending += [each for refs in reference.functions.values() for each in refs]
    for name in names:
        for callee in (name, model.gradients.get(name, "")):
            if callee in model.functions:
                yield callee
