"""The cost of what a library registers, found as the linker would: by what else its objects then have no use for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from opsieve.binary.demangling import Demangle, demangled
from opsieve.selection.selection import Selection
from opsieve.size.cost.copies import Copies, twins
from opsieve.size.cost.graph import CodeGraph, code_graph, object_of
from opsieve.size.cost.losing import Losing
from opsieve.size.cost.objects import LinkedObject
from opsieve.size.cost.placed import PlacedCode
from opsieve.size.cost.registrations import Registered, Registration, registration_parts, start_up
from opsieve.size.cost.removal import Removal, by_source, registrations
from opsieve.size.cost.sharing import Sharing
from opsieve.size.layout import Layout
from opsieve.size.link_map import LinkMap
from opsieve.size.owners.objects import Objects
from opsieve.size.reading.limits import Limits
from opsieve.size.totals import Sizes


class LinkedCost:
    """One linked file with its objects, in the order of the link, its map and its selection.

    ``missed``: registrations of the selection that were not found in the objects' start-up code; what these need counts
    to nobody. ``unexplained``: bytes that are in the file although nothing in the objects refers to them, as what only
    the app's own code uses; they are taken to stay unless the objects that have them go.
    """

    def __init__(
        self,
        objects: Sequence[LinkedObject],
        layout: Layout,
        link_map: LinkMap,
        selection: Selection,
        content: memoryview | None,
        exported: frozenset[str] = frozenset(),
        demangle: Demangle = demangled,
    ) -> None:
        kinds = {source.path: source.kind for source in selection.sources}
        origins = Objects(kinds)
        found = [origins.origin(linked.name) for linked in objects]
        self._sources = [origin.source if origin is not None else "" for origin in found]
        registered = by_source(selection)
        nothing = Registered(frozenset(), {})
        by_object = [registered.get(source, nothing) for source in self._sources]
        starts = [start_up(linked, each) for linked, each in zip(objects, by_object, strict=True)]
        readable = demangle(sorted({name for sections in starts for each in sections for name in each.names()}))
        limits = Limits()
        parts = [
            registration_parts(linked, sections, each, readable, limits)
            for linked, sections, each in zip(objects, starts, by_object, strict=True)
        ]
        self._graph: CodeGraph = code_graph(objects, parts)
        self._placed = PlacedCode(self._graph, layout, link_map, content, exported)
        started = self._graph.live(node for node, _ in self._graph.kept)
        self._placed.fold(layout, started)
        seen = [node for node in self._placed.kept() if not started[node]]
        self._starts = self._objects_with(seen)
        for node, number in self._graph.kept:
            self._starts.setdefault(node, set()).add(number)
        self._live = self._graph.live(self._starts)
        selected = {number for number, source in enumerate(self._sources) if source in kinds}
        others = [node for node, holders in self._starts.items() if not holders <= selected]
        self._always = self._graph.live(others, self._graph.registering)
        self._may_go = [node for node, live in enumerate(self._live) if live and not self._always[node]]
        self._copies = Copies(self._graph, self._live, selected)
        fixed = self._graph.live(others, {*self._graph.registering, *self._copies.nodes()})
        self._losing = Losing(self._graph.edges, self._live, fixed, self._starts)
        self._after = bytearray(self._live)
        self._objects_of: dict[str, list[int]] = {}
        for number, path in enumerate(self._sources):
            self._objects_of.setdefault(path, []).append(number)
        self._registering: dict[Registration, list[int]] = {}
        for node, what in self._graph.registering.items():
            for each in what:
                self._registering.setdefault(each, []).append(node)
        self.unexplained: int = self._placed.size(seen)
        self.missed: frozenset[Registration] = registrations(selection).difference(*self._graph.registering.values())

    def saved(self, removed: Removal) -> Sizes:
        """The bytes that go with what is removed."""
        gone = {number for path in removed.sources for number in self._objects_of.get(path, ())}
        nodes = {node for each in removed.registrations for node in self._registering.get(each, ())}
        cut = [node for node in nodes if self._graph.registering[node] <= removed.registrations]
        lost, new = self._copies.without(self._losing, gone, cut)
        for node in lost:
            self._after[node] = 0
        sizes = self._placed.freed(lost, self._after)
        added = self._placed.added(new, twins(self._graph, lost, new), self._after)
        for node in lost:
            self._after[node] = 1
        return Sizes(max(sizes.file_size - added.file_size, 0), max(sizes.loaded_size - added.loaded_size, 0))

    def shared(self) -> dict[frozenset[Registration | str], int]:
        """The bytes of each set of registrations that need them and of sources that have them when they start.

        What is there whatever is registered is in none. The file has to be stripped, else names of symbols are missing.
        """
        graph = self._graph
        names: list[Registration | str] = sorted({what for each in graph.registering.values() for what in each})
        names += sorted({source for source in self._sources if source})
        number = {name: place for place, name in enumerate(names)}
        own = {node: frozenset(number[what] for what in each) for node, each in graph.registering.items()}
        for node, holders in self._starts.items():
            sources = {number[self._sources[each]] for each in holders if self._sources[each]}
            own[node] = own.get(node, frozenset()) | sources
        sharing = Sharing(graph.edges, self._may_go, own, graph.registering)
        sizes: Counter[int] = Counter()
        for nodes, size in self._placed.sizes(self._may_go):
            if any(self._always[node] for node in nodes):
                continue
            needing = 0
            for node in nodes:
                needing = sharing.union(needing, sharing.of.get(node, 0))
            sizes[needing] += size
        return {frozenset(names[each] for each in sharing.sets[needing]): size for needing, size in sizes.items()}

    def _objects_with(self, nodes: Sequence[int]) -> dict[int, set[int]]:
        """The objects that have each section's node, or another copy of it."""
        holders = {node: {object_of(self._graph, node)} for node in nodes}
        for name, node in self._graph.definitions.items():
            if node in holders:
                holders[node].update(object_of(self._graph, each) for each in self._graph.defining[name])
        return holders
