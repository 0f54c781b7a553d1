"""How much is selected that does not run: ``python -m e2e.over_selection [NAME...]``, run from ``tests/``.

Prints Markdown tables: for every model of the zoo, without and with grappler, the kernels selected (rows of
selection.json), those that TensorFlow made for the model, those that it only had to find to load the graph, and what
the others are there for.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from e2e import executed, reference, zoo
from e2e.coverage import NARROW, Request, Row, select
from e2e.execution import Node


@dataclass(frozen=True)
class Surplus:
    """A selection of which ``extra`` is not needed.

    ``idle``: of the kernels that were made, those no executor ran. ``placed``: those that were not made, and that the
    placer wants: before grappler sees a graph, the placer refuses one with a node that has no kernel
    (GraphExecutionState::InitBaseGraph in core/common_runtime/graph_execution_state.cc, and
    optimize_function_graph_utils.cc for function bodies).
    """

    request: Request
    grappler: bool
    selected: int
    idle: int
    placed: int
    extra: tuple[Row, ...]
    missing: int

    @property
    def percent(self) -> float:
        """Extra kernels in a hundred selected."""
        return 100 * len(self.extra) / self.selected

    @property
    def percent_not_made(self) -> float:
        """Kernels that were not made, whether the placer wants them or not, in a hundred selected."""
        return 100 * (len(self.extra) + self.placed) / self.selected


def surpluses(names: Iterable[str], *, grappler: bool, narrow: bool = False) -> Iterator[Surplus]:
    """Of every model that can be had here; ``narrow``: of what is asked for of them with flags as well."""
    requests = [Request(name) for name in names]
    if narrow:
        requests += [request for request in NARROW if request.model in {one.model for one in requests}]
    for request in requests:
        try:
            path = zoo.path_of(request.model)
        except zoo.CannotBuild:
            continue
        nodes = executed.execution_of(request.model, grappler=grappler).nodes(request.phases)
        with tempfile.TemporaryDirectory() as folder:
            selected = select(path, Path(folder), grappler=grappler, flags=request.flags)
        not_made = selected.extra(nodes)
        idle = len(selected.extra(node for node in nodes if node.ran)) - len(not_made)
        # With flags a part of the graph is asked for, and the app loads that.
        wanted = [] if request.flags else placed_nodes(path, zoo.MODELS[request.model].format)
        extra = tuple(row for row in not_made if not any(row.admits(node) for node in wanted))
        placed = len(not_made) - len(extra)
        missing = len(selected.missing(nodes))
        yield Surplus(request, grappler, len(selected.rows), idle, placed, extra, missing)


def placed_nodes(path: Path, model_format: str) -> frozenset[Node]:
    """The nodes that the placer looks for kernels for: those of main graphs, and of functions that these reach."""
    found = set()
    for graph in reference.graphs_of_model(path, model_format):
        reached = _reached_functions(graph)
        functions = [function for function in graph.library.function if function.signature.name in reached]
        del graph.library.function[:]
        graph.library.function.extend(functions)
        found |= {_as_node(node) for node in reference.bound_nodes(graph) if node.op not in reached}
    return frozenset(node for node in found if node.class_text)


def _reached_functions(graph: Any) -> set[str]:
    functions = {function.signature.name: function for function in graph.library.function}
    reached: set[str] = set()
    pending = list(graph.node)
    while pending:
        node = pending.pop()
        calls = [value.func.name for value in node.attr.values()]
        calls += [call.name for value in node.attr.values() for call in value.list.func]
        for name in {node.op, *calls} & functions.keys() - reached:
            reached.add(name)
            pending += functions[name].node_def
    return reached


def _as_node(node: Any) -> Node:
    """A node with the type attrs of its op, defaults too, and the class that TensorFlow finds."""
    from tensorflow.core.framework import types_pb2
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(node.op)
    types: list[tuple[str, str | tuple[str, ...]]] = []
    for attr in definition.attr if definition is not None else ():
        value = node.attr.get(attr.name, attr.default_value)
        if attr.type == "type" and value.type:
            types.append((attr.name, types_pb2.DataType.Name(value.type)))
        elif attr.type == "list(type)":
            types.append((attr.name, tuple(map(types_pb2.DataType.Name, value.list.type))))
    label = node.attr["_kernel"].s.decode() if "_kernel" in node.attr else ""
    return Node(node.op, tuple(types), label, _kernel_class(node.op, tuple(types), label))


_kernel_class = cache(reference.kernel_class)


def median(found: Iterable[Surplus], percent: Callable[[Surplus], float] = lambda one: one.percent) -> float:
    """The median of the percentages of whole models."""
    return statistics.median(percent(one) for one in found if not one.request.flags)


def _table(found: list[Surplus]) -> str:
    heads = (
        "model",
        "selected",
        "ran",
        "made, not run",
        "placed, not made",
        "extra",
        "% not made",
        "% extra",
        "missing",
    )
    lines = [f"| {' | '.join(heads)} |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for one in found:
        counts = [one.selected, one.selected - len(one.extra) - one.placed - one.idle, one.idle, one.placed]
        percents = [f"{one.percent_not_made:.1f}", f"{one.percent:.1f}"]
        row = [one.request, *counts, len(one.extra), *percents, one.missing]
        lines.append(f"| {' | '.join(map(str, row))} |")
    not_made = median(found, lambda one: one.percent_not_made)
    lines.append(f"| **median of whole models** | | | | | | **{not_made:.1f}** | **{median(found):.1f}** | |")
    return "\n".join(lines)


def _reasons(found: list[Surplus]) -> str:
    counts = Counter(why for one in found for row in one.extra for why in _rules(row))
    lines = ["| reason of extra kernels | kernels |", "| --- | ---: |"]
    return "\n".join([*lines, *(f"| {why} | {count} |" for why, count in counts.most_common())])


def _rules(row: Row) -> set[str]:
    """The reasons of a kernel without names and numbers, so that they can be counted; a kernel may have several."""
    parts = {part for why in row.why for part in why.split("; ") if not re.fullmatch(r"and \d+ more nodes?", part)}
    return {"the model has such a node" if part.startswith("node ") else part for part in parts}


def _details(one: Surplus) -> str:
    lines = [f"{one.request}:"]
    for row in one.extra:
        types = " ".join(f"{attr}={'|'.join(allowed)}" for attr, allowed in row.constraints)
        lines.append(f"- {row.op} `{row.class_text}` {types}: {row.why[0]}")
    return "\n".join(lines)


def main() -> None:
    details = "--details" in sys.argv
    names = [name for name in sys.argv[1:] if not name.startswith("--")] or list(zoo.MODELS)
    executed.fill(names)
    for grappler in (False, True):
        found = list(surpluses(names, grappler=grappler, narrow=True))
        print(f"## Grappler {'on' if grappler else 'off'}\n\n{_table(found)}\n\n{_reasons(found)}\n", flush=True)
        if details:
            print("\n\n".join(_details(one) for one in found if one.extra), end="\n\n")


if __name__ == "__main__":
    main()
