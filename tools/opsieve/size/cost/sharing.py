"""Which registrations share which bytes: for sizes of libraries that register fewer of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence


class Sharing:
    """For nodes of a graph the set of what reaches them. Sets are numbered; those that are equal are one.

    ``edges`` by node. ``own``: what some nodes have themselves. ``nodes``: those that matter; others are not passed.
    ``ends``: nodes that nothing passes through from outside.
    """

    def __init__(
        self,
        edges: Sequence[Sequence[int]],
        nodes: Collection[int],
        own: Mapping[int, frozenset[int]],
        ends: Collection[int],
    ) -> None:
        self._edges = edges
        self._nodes = frozenset(nodes)
        self._ends = frozenset(ends)
        self.sets: list[frozenset[int]] = [frozenset()]
        self._numbers: dict[frozenset[int], int] = {frozenset(): 0}
        self._unions: dict[tuple[int, int], int] = {}
        self.of: dict[int, int] = {}
        self._spread(own)

    def union(self, left: int, right: int) -> int:
        """The number of the union of two sets."""
        if left == right or not right:
            return left
        if not left:
            return right
        key = (left, right) if left < right else (right, left)
        found = self._unions.get(key)
        if found is None:
            found = self._unions[key] = self._number(self.sets[left] | self.sets[right])
        return found

    def _number(self, each: frozenset[int]) -> int:
        found = self._numbers.get(each)
        if found is None:
            found = self._numbers[each] = len(self.sets)
            self.sets.append(each)
        return found

    def _following(self, node: int) -> Iterator[int]:
        return (each for each in self._edges[node] if each in self._nodes and each not in self._ends)

    def _spread(self, own: Mapping[int, frozenset[int]]) -> None:
        components = list(self._components())
        place = {node: number for number, component in enumerate(components) for node in component}
        reached = [0] * len(components)
        # Tarjan's order ends with what nothing else reaches.
        for number in range(len(components) - 1, -1, -1):
            found = reached[number]
            for node in components[number]:
                if node in own:
                    found = self.union(found, self._number(own[node]))
            for node in components[number]:
                self.of[node] = found
                for target in self._following(node):
                    if place[target] != number:
                        reached[place[target]] = self.union(reached[place[target]], found)

    def _components(self) -> Iterator[list[int]]:
        """Nodes that reach each other, those that are reached first (Tarjan, 1972)."""
        index: dict[int, int] = {}
        lowest: dict[int, int] = {}
        stack: list[int] = []
        waiting: set[int] = set()
        for root in sorted(self._nodes):
            work = [] if root in index else [(root, self._following(root))]
            while work:
                node, following = work[-1]
                if node not in index:
                    index[node] = lowest[node] = len(index)
                    stack.append(node)
                    waiting.add(node)
                target = next(following, None)
                if target is not None:
                    if target not in index:
                        work.append((target, self._following(target)))
                    elif target in waiting:
                        lowest[node] = min(lowest[node], index[target])
                    continue
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[node])
                if lowest[node] == index[node]:
                    component: list[int] = []
                    while not component or component[-1] != node:
                        component.append(stack.pop())
                    waiting.difference_update(component)
                    yield component
