"""Which copy of a function takes the place of another, when the object goes whose copy the linker took.

Templates and inline functions are in each object that uses them, and the linker takes the first. What it refers to is
then needed by all who call it, even what is the first object's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from opsieve.size.cost.graph import CodeGraph, object_of, section_name
from opsieve.size.cost.losing import Losing


class Copies:
    """Of sections of ``objects``: those that other objects have, too, in the order of the link. ``live``: by node."""

    def __init__(self, graph: CodeGraph, live: bytearray, objects: Collection[int]) -> None:
        self._graph = graph
        self._live = live
        self._others: dict[int, list[int]] = {}
        self._of_object: dict[int, list[int]] = {}
        for name, nodes in graph.defining.items():
            taken = graph.definitions[name]
            if len(nodes) < 2 or taken in self._others:
                continue
            number = object_of(graph, taken)
            others = [node for node in nodes if object_of(graph, node) != number]
            if number in objects and others:
                self._others[taken] = others
                if live[taken]:
                    self._of_object.setdefault(number, []).append(taken)

    def nodes(self) -> Collection[int]:
        """The sections that others can take the place of."""
        return self._others.keys()

    def without(self, losing: Losing, objects: Collection[int], cut: Collection[int]) -> tuple[list[int], list[int]]:
        """The nodes that are no longer needed without these objects, and when ``cut`` cannot be passed; and new ones.

        New ones are what takes the place of some, with what only that refers to.
        """
        lost = losing.lost(objects, cut)
        replaced = [node for number in objects for node in self._of_object.get(number, ())]
        missing = set(lost)
        replaced = [node for node in replaced if node not in missing and self._instead(node, objects) != node]
        if not replaced:
            return lost, []
        lost = losing.lost(objects, {*cut, *replaced})
        missing = set(lost)
        needed = [node for node in replaced if losing.is_needed(node, missing, objects)]
        found = self._reached((self._instead(node, objects) for node in needed), missing, objects, frozenset(cut))
        return [node for node in lost if node not in found], [node for node in found if not self._live[node]]

    def _reached(
        self, start: Iterable[int], missing: Collection[int], objects: Collection[int], cut: Collection[int]
    ) -> dict[int, None]:
        """What is not there without ``missing``, and is needed again."""
        found: dict[int, None] = {}
        pending = list(start)
        while pending:
            node = self._instead(pending.pop(), objects)
            if node in found or node in cut or (self._live[node] and node not in missing):
                continue
            found[node] = None
            pending += self._graph.edges[node]
        return found

    def _instead(self, node: int, objects: Collection[int]) -> int:
        """What others refer to without these objects."""
        others = self._others.get(node)
        if others is None or object_of(self._graph, node) not in objects:
            return node
        return next((each for each in others if object_of(self._graph, each) not in objects), node)


def twins(graph: CodeGraph, lost: Iterable[int], new: Sequence[int]) -> dict[int, int]:
    """For new nodes the lost one with the same section of another object."""
    wanted = {name for node in new if (name := section_name(graph, node))}
    found: dict[str, int] = {}
    for node in lost:
        name = section_name(graph, node)
        if name in wanted:
            found.setdefault(name, node)
    return {node: found[name] for node in new if (name := section_name(graph, node)) in found}
