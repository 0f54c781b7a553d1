"""What ran for a model: plain data, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# What is run by tf.saved_model.load, op by op in Python: an app's C++ loader runs the model's own restore and init ops.
PYTHON_ONLY = ("python load",)


@dataclass(frozen=True)
class Node:
    """A node as its kernel was made: the type attrs that its op has, and the class that the registry has for it.

    ``ran``: whether an executor ran it; a dead branch's nodes are made, and not run. ``logged``: whether the log says
    that its kernel was made; otherwise it was only in a final graph.
    """

    op: str
    types: tuple[tuple[str, str | tuple[str, ...]], ...]
    label: str = ""
    class_text: str = ""
    ran: bool = False
    logged: bool = True


@dataclass(frozen=True)
class Phase:
    """A part of a model's life: ``load``, ``init``, ``signature NAME``, ``save``.

    ``profiled``: the ops that the profiler saw, by name.
    """

    name: str
    nodes: tuple[Node, ...]
    profiled: frozenset[str]


@dataclass(frozen=True)
class Execution:
    """What TensorFlow ran. ``made_by``: for an op, the first stages of the runtime that had it in a graph."""

    model: str
    grappler: bool
    phases: tuple[Phase, ...]
    made_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def app_phases(self, names: Iterable[str] | None = None) -> tuple[Phase, ...]:
        """The phases that an app in C++ has too, or those of them with the given names."""
        kept = [phase for phase in self.phases if phase.name not in PYTHON_ONLY]
        return tuple(phase for phase in kept if names is None or phase.name in set(names))

    def nodes(self, names: Iterable[str] | None = None) -> frozenset[Node]:
        """The nodes of app_phases(names) of which kernels were made, each once, as run where any phase ran it."""
        every = [node for phase in self.app_phases(names) for node in phase.nodes if node.logged]
        ran = {_key(node) for node in every if node.ran}
        return frozenset(
            Node(node.op, node.types, node.label, node.class_text, _key(node) in ran, True) for node in every
        )

    def profiled(self, names: Iterable[str] | None = None) -> frozenset[str]:
        """The ops that the profiler saw in app_phases(names)."""
        return frozenset().union(*(phase.profiled for phase in self.app_phases(names)))

    def by_name_only(self) -> frozenset[str]:
        """Ops that the profiler saw and of which no node was found."""
        found = {node.op for phase in self.phases for node in phase.nodes}
        return frozenset().union(*(phase.profiled for phase in self.phases)) - found

    def graph_only(self) -> frozenset[Node]:
        """Nodes of a session's final graphs of which the log says nothing."""
        logged = {_key(node) for phase in self.phases for node in phase.nodes if node.logged}
        return frozenset(
            node for phase in self.phases for node in phase.nodes if not node.logged and _key(node) not in logged
        )


def _key(node: Node) -> tuple[str, object, str]:
    return node.op, node.types, node.label


def to_json(execution: Execution) -> str:
    """As a cache file: one node a line."""
    phases = [
        {
            "name": phase.name,
            "profiled": sorted(phase.profiled),
            "nodes": [
                [node.op, node.types, node.label, node.class_text, node.ran, node.logged]
                for node in sorted(phase.nodes, key=repr)
            ],
        }
        for phase in execution.phases
    ]
    return json.dumps(
        {
            "model": execution.model,
            "grappler": execution.grappler,
            "made_by": dict(execution.made_by),
            "phases": phases,
        },
        indent=1,
    )


def from_json(text: str) -> Execution:
    """What to_json wrote."""
    document: dict[str, Any] = json.loads(text)

    def node(row: list[Any]) -> Node:
        types = tuple((name, value if isinstance(value, str) else tuple(value)) for name, value in row[1])
        return Node(row[0], types, *row[2:])

    phases = tuple(
        Phase(one["name"], tuple(map(node, one["nodes"])), frozenset(one["profiled"])) for one in document["phases"]
    )
    made_by = {op: tuple(stages) for op, stages in document["made_by"].items()}
    return Execution(document["model"], document["grappler"], phases, made_by)
