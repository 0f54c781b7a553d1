"""Where the nodes of a graph lie in the linked file, and how many bytes go when they go."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from opsieve.size.cost.graph import CodeGraph, section_name, section_nodes
from opsieve.size.cost.objects import ELSEWHERE, LOCAL
from opsieve.size.layout import Layout
from opsieve.size.link_map import FILL, LINKER, LinkMap
from opsieve.size.tables import Tables
from opsieve.size.totals import Sizes

# A symbol in a table of symbols, and the end of its name.
_SYMBOL = {"x86-64": 24, "aarch64": 24, "arm": 16, "i386": 16}
_NAME_END = 1
_CONSTANTS = ".rodata.cst"
# A symbol that is exported has a version and a hash beside that.
_EXPORTED = 2 + 4


class PlacedCode:
    """A graph's nodes and the contributions of the linker's map that they became.

    ``exported``: names that the file exports, which stand in a second table.
    """

    def __init__(
        self,
        graph: CodeGraph,
        layout: Layout,
        link_map: LinkMap,
        content: memoryview | None,
        exported: frozenset[str] = frozenset(),
    ) -> None:
        self._graph = graph
        self._rows = link_map.contributions
        self._nodes: list[list[int]] = [[] for _ in self._rows]
        self._place: dict[int, int] = {}
        loaded = [i for i, row in enumerate(self._rows) if row.loaded and row.size and row.section != ".tbss"]
        self._order = sorted(loaded, key=lambda i: self._rows[i].address)
        self._starts = [self._rows[i].address for i in self._order]
        self._match()
        self._with = self._beside(layout, content)
        self._names = self._symbols(layout, exported)

    def kept(self) -> Iterable[int]:
        """The nodes that are in the file."""
        return self._place.keys()

    def size(self, nodes: Iterable[int]) -> int:
        """The bytes in the file of contributions that these nodes became, in all."""
        return sum(self._rows[place].size for place in {self._place[node] for node in nodes if node in self._place})

    def freed(self, nodes: Iterable[int], after: bytearray) -> Sizes:
        """What goes with nodes that were live, when those of ``after`` still are."""
        sizes = Sizes()
        places: set[int] = set()
        strings = self._strings
        for node in nodes:
            in_file, in_memory = self._names.get(node, (0, 0))
            sizes.file_size += in_file
            sizes.loaded_size += in_memory
            place = self._place.get(node)
            if place is not None:
                places.add(place)
            elif node in strings or node in self._inner:
                size = self._graph.sizes[node]
                sizes.file_size += size
                sizes.loaded_size += size
        for place in places:
            if not any(after[node] for node in self._nodes[place]):
                in_file, in_memory = self._sizes_at(place)
                sizes.file_size += in_file
                sizes.loaded_size += in_memory
        return sizes

    def added(self, nodes: Iterable[int], twins: Mapping[int, int], after: bytearray) -> Sizes:
        """What comes with nodes that were not in the file. ``twins``: those that were there in their place.

        What is like its twin takes as much as that did, or is folded as that was.
        """
        sizes = Sizes()
        places: dict[int, int] = {}
        for node in nodes:
            twin = twins.get(node)
            if twin is None:
                # Constants are merged with those of others.
                if not section_name(self._graph, node).startswith(_CONSTANTS):
                    sizes.file_size += self._graph.sizes[node]
                    sizes.loaded_size += self._graph.sizes[node]
                continue
            in_file, in_memory = self._names.get(twin, (0, 0))
            sizes.file_size += in_file
            sizes.loaded_size += in_memory
            place = self._place.get(twin)
            if place is not None and not any(after[each] for each in self._nodes[place]):
                more = self._graph.sizes[node] - self._graph.sizes[twin]
                places[place] = max(more, places.get(place, more))
        for place, more in places.items():
            row = self._rows[place]
            in_file, in_memory = self._sizes_at(place)
            sizes.file_size += in_file + (more if row.file_bytes else 0)
            sizes.loaded_size += in_memory + (more if row.loaded else 0)
        return sizes

    def sizes(self, nodes: Iterable[int]) -> Iterator[tuple[tuple[int, ...], int]]:
        """The bytes in the file that nodes became, each once, with all the nodes that became the same."""
        met: set[int] = set()
        for node in nodes:
            place = self._place.get(node)
            if place is None:
                if node in self._strings or node in self._inner:
                    yield (node,), self._graph.sizes[node]
            elif place not in met:
                met.add(place)
                yield tuple(self._nodes[place]), self._sizes_at(place)[0]

    def _sizes_at(self, place: int) -> tuple[int, int]:
        """The bytes of a contribution and of what tables have of it, in the file and in memory."""
        row = self._rows[place]
        # What is registered in it is counted by itself.
        size = row.size - self._counted.get(place, 0)
        return self._with[place] + (size if row.file_bytes else 0), self._with[place] + (size if row.loaded else 0)

    def _match(self) -> None:
        """Sections of objects and contributions, by the names of both."""
        graph = self._graph
        names = _same_objects([linked.name for linked in graph.objects], {row.object for row in self._rows})
        waiting: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for node, number, section in section_nodes(graph):
            if section.size and names[number]:
                waiting.setdefault((names[number], section.name), []).append((node, section.size))
        for i, row in enumerate(self._rows):
            if not row.size or row.object == LINKER or row.input_section == FILL:
                continue
            left = waiting.get((row.object, row.input_section))
            if left:
                found = next((each for each in left if each[1] == row.size), left[0])
                left.remove(found)
                self._put(found[0], i)
        self._strings = frozenset(graph.strings.values())
        self._inner = frozenset(graph.registering)
        self._counted: dict[int, int] = {}
        for parent, edges in enumerate(graph.edges):
            if parent in self._place:
                inner = sum(graph.sizes[node] for node in edges if node in self._inner)
                if inner:
                    self._counted[self._place[parent]] = inner

    def _put(self, node: int, place: int) -> None:
        self._place[node] = place
        self._nodes[place].append(node)

    def fold(self, layout: Layout, live: bytearray) -> None:
        """Code that was folded into other code lies where its symbols do. ``live``: the nodes that are needed.

        Other copies of the same code have the same symbols, and were left out.
        """
        addresses: dict[str, int] = {}
        for symbol in layout.symbols:
            # Of a name that several local symbols have, it is not known which is which.
            addresses[symbol.name] = -1 if symbol.name in addresses else symbol.address
        for number, linked in enumerate(self._graph.objects):
            first = self._graph.first[number]
            for row in linked.symbols:
                section = linked.sections[row.section] if row.section >= 0 else None
                node = first + row.section
                if section is None or not section.code or row.value & ~1 or node in self._place or not live[node]:
                    continue
                if row.binding != LOCAL and self._graph.definitions.get(row.name) != node:
                    continue
                address = addresses.get(row.name, -1)
                place = self._at(address) if address >= 0 else None
                if place is not None:
                    self._put(node, place)

        self._merge(live)

    def _merge(self, live: bytearray) -> None:
        """Constants that GNU's linkers merged are in the row of one of the objects that have some."""
        constants = [
            (node, section.name)
            for node, _, section in section_nodes(self._graph)
            if section.name.startswith(_CONSTANTS) and live[node]
        ]
        largest: dict[str, int] = {}
        for node, name in constants:
            place = self._place.get(node)
            if place is not None and (name not in largest or self._rows[place].size > self._rows[largest[name]].size):
                largest[name] = place
        for node, name in constants:
            if node not in self._place and name in largest:
                self._put(node, largest[name])

    def _at(self, address: int) -> int | None:
        found = bisect_right(self._starts, address) - 1
        if found < 0:
            return None
        row = self._rows[self._order[found]]
        return self._order[found] if address < row.address + row.size else None

    def _beside(self, layout: Layout, content: memoryview | None) -> list[int]:
        """For each contribution the bytes of tables that are about it; the loader reads all of them."""
        sums = [0] * len(self._rows)
        tables = Tables(layout, content)
        for section in layout.sections:
            for _, size, address in tables.rows(section):
                place = self._at(address)
                if place is not None:
                    sums[place] += size
        return sums

    def _symbols(self, layout: Layout, exported: frozenset[str]) -> dict[int, tuple[int, int]]:
        """For each node the bytes of its symbols in the file and in memory. Code that was folded keeps its own."""
        listed = any(section.name == ".symtab" and section.file_size for section in layout.sections)
        each = _SYMBOL.get(layout.machine, _SYMBOL["x86-64"])
        named = Counter(symbol.name for symbol in layout.symbols)
        found: dict[int, tuple[int, int]] = {}
        for linked, first in zip(self._graph.objects, self._graph.first, strict=True):
            for symbol in linked.symbols:
                node = first + symbol.section
                if symbol.section == ELSEWHERE or not symbol.name or symbol.name.startswith(".L"):
                    continue
                if symbol.binding != LOCAL and self._graph.definitions.get(symbol.name) != node:
                    continue
                # Symbols of one name share it.
                size = each + (len(symbol.name.encode()) + _NAME_END if named[symbol.name] < 2 else 0)
                in_memory = size + _EXPORTED if symbol.name in exported else 0
                in_file = (size if listed else 0) + in_memory
                if in_file:
                    before = found.get(node, (0, 0))
                    found[node] = before[0] + in_file, before[1] + in_memory
        return found


def _same_objects(names: Sequence[str], mapped: set[str]) -> list[str]:
    """The name that the map has for each object, "" for none."""
    ends: dict[str, list[str]] = {}
    for name in mapped:
        ends.setdefault(_end(name), []).append(name)
    unique: Mapping[str, str] = {end: each[0] for end, each in ends.items() if len(each) == 1}
    return [name if name in mapped else unique.get(_end(name), "") for name in names]


def _end(name: str) -> str:
    """``b.o`` of ``x/libx.a(b.o)`` and of ``x/b.o``."""
    return name.rstrip(")").rpartition("(")[2].rpartition("/")[2]
