"""What can no longer be reached when some starts go: only what these lead to is looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence


class Losing:
    """``edges`` by node. ``live`` and ``always``: for each node whether it is reached, and whether in any case.

    ``starts``: nodes that are there by themselves, each for as long as one of its objects is.
    """

    def __init__(
        self, edges: Sequence[Sequence[int]], live: bytearray, always: bytearray, starts: Mapping[int, Collection[int]]
    ) -> None:
        self._edges = edges
        self._live = live
        self._always = always
        self._starts = starts
        self._of_object: dict[int, list[int]] = {}
        for node, objects in starts.items():
            for each in objects:
                self._of_object.setdefault(each, []).append(node)
        self._before: dict[int, list[int]] = {}
        for node, reached in enumerate(live):
            for target in edges[node] if reached else ():
                if live[target] and not always[target]:
                    self._before.setdefault(target, []).append(node)

    def lost(self, objects: Collection[int], cut: Collection[int]) -> list[int]:
        """The nodes that are no longer reached without these objects' starts, and when ``cut`` cannot be passed."""
        ended = {node for each in objects for node in self._of_object.get(each, ()) if not self._stands(node, objects)}
        suspects = self._reached_from({*ended, *cut}, None)
        blocked = frozenset(cut)
        safe = {
            node
            for node in suspects
            if node not in blocked
            and (self._stands(node, objects) or any(before not in suspects for before in self._before.get(node, ())))
        }
        kept = self._reached_from(safe, suspects - blocked)
        return [node for node in suspects if node not in kept]

    def is_needed(self, node: int, lost: Collection[int], objects: Collection[int]) -> bool:
        """Whether something refers to a node that is not ``lost``, or it is there by itself without these objects."""
        return self._stands(node, objects) or any(before not in lost for before in self._before.get(node, ()))

    def _stands(self, node: int, without: Collection[int]) -> bool:
        return any(each not in without for each in self._starts.get(node, ()))

    def _reached_from(self, start: Collection[int], within: Collection[int] | None) -> set[int]:
        """All that may go, or the part of it that is ``within``."""
        found: set[int] = set()
        pending = list(start)
        while pending:
            node = pending.pop()
            if node in found or not self._live[node] or self._always[node]:
                continue
            if within is not None and node not in within:
                continue
            found.add(node)
            pending += self._edges[node]
        return found
