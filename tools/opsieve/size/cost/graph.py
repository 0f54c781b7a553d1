"""Which code keeps which: what the linker's garbage collection would find, from the objects that it was given."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from opsieve.size.cost.objects import ELSEWHERE, GLOBAL, LOCAL, LinkedObject, ObjectSection, Reference
from opsieve.size.cost.registrations import Part, Registration
from opsieve.size.cost.strings import Strings

_UNWIND = ".eh_frame"


@dataclass(slots=True)
class CodeGraph:
    """Nodes are sections of objects, strings that are merged, and registrations; ``edges`` are references.

    ``definitions`` has the node that a name stands for, ``defining`` those of all sections that define it, in order.
    ``first`` is the number of each object's first section's node; ``strings`` has the nodes of strings by content,
    ``registering`` what a node registers, all that it may be. ``sizes`` in bytes, before linking; a section is smaller
    by the registrations that are cut out of it. ``kept``: nodes that are kept by themselves, with the number of their
    object.
    """

    objects: list[LinkedObject] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    edges: list[list[int]] = field(default_factory=list)
    strings: dict[bytes, int] = field(default_factory=dict)
    registering: dict[int, frozenset[Registration]] = field(default_factory=dict)
    kept: list[tuple[int, int]] = field(default_factory=list)
    definitions: dict[str, int] = field(default_factory=dict)
    defining: dict[str, list[int]] = field(default_factory=dict)

    def live(self, start: Iterable[int], without: Collection[int] = ()) -> bytearray:
        """For each node whether it can be reached, 1 or 0; ``without`` are nodes that cannot be passed."""
        found = bytearray(len(self.edges))
        for node in without:
            found[node] = 2
        edges = self.edges
        pending = [node for node in start if not found[node]]
        while pending:
            node = pending.pop()
            if found[node]:
                continue
            found[node] = 1
            pending += [target for target in edges[node] if not found[target]]
        for node in without:
            found[node] = 0
        return found


def code_graph(objects: Sequence[LinkedObject], parts: Sequence[Mapping[int, Sequence[Part]]]) -> CodeGraph:
    """The graph of objects, in the order in which they were linked.

    Of several definitions of a name, the first strong one is what others refer to, or the first. ``parts``: for each
    object the registrations in its sections; what these refer to counts to them.
    """
    graph = CodeGraph(list(objects))
    strong: set[str] = set()
    for number, linked in enumerate(objects):
        first = len(graph.edges)
        graph.first.append(first)
        for place, section in enumerate(linked.sections):
            graph.sizes.append(section.size if section is not None and section.strings is None else 0)
            graph.edges.append([])
            if section is not None and section.kept:
                graph.kept.append((first + place, number))
        for symbol in linked.symbols:
            if symbol.binding != LOCAL and symbol.section != ELSEWHERE and linked.sections[symbol.section] is not None:
                is_strong = symbol.binding == GLOBAL
                if symbol.name not in graph.definitions or (is_strong and symbol.name not in strong):
                    graph.definitions[symbol.name] = first + symbol.section
                if is_strong:
                    strong.add(symbol.name)
                graph.defining.setdefault(symbol.name, []).append(first + symbol.section)
    for number, linked in enumerate(objects):
        _connect(graph, number, linked, parts[number])
    return graph


def _connect(graph: CodeGraph, number: int, linked: LinkedObject, parts: Mapping[int, Sequence[Part]]) -> None:
    first = graph.first[number]
    strings = Strings(linked)
    for place, references in linked.references.items():
        section = linked.sections[place]
        if section is None:
            continue
        if section.name.startswith(_UNWIND):
            _unwinding(graph, number, linked, references, strings)
            continue
        inner = {
            reference: node
            for part in parts.get(place, ())
            for node in [_registration(graph, first + place, part)]
            for reference in part.references
        }
        for at, reference in enumerate(references):
            target = _target(graph, number, linked, reference, strings)
            if target is not None:
                graph.edges[inner.get(at, first + place)].append(target)
    for place, section in enumerate(linked.sections):
        if section is not None and section.follows != ELSEWHERE:
            graph.edges[first + section.follows].append(first + place)
    for edges in graph.edges[first : first + len(linked.sections)]:
        if len(edges) > 1:
            edges[:] = dict.fromkeys(edges)


def _registration(graph: CodeGraph, section: int, part: Part) -> int:
    """A node for what registers one thing: whoever runs the section runs it."""
    node = len(graph.edges)
    graph.sizes.append(part.size)
    graph.sizes[section] -= part.size
    graph.edges.append([])
    graph.edges[section].append(node)
    graph.registering[node] = frozenset(part.what)
    return node


def _target(graph: CodeGraph, number: int, linked: LinkedObject, reference: Reference, strings: Strings) -> int | None:
    symbol = linked.symbols[reference.symbol]
    if symbol.binding != LOCAL:
        return graph.definitions.get(symbol.name)
    if symbol.section == ELSEWHERE or linked.sections[symbol.section] is None:
        return None
    # Code may point into a string; what is merged is the whole.
    text = strings.whole(reference)
    if text is None:
        return graph.first[number] + symbol.section
    node = graph.strings.get(text)
    if node is None:
        node = graph.strings[text] = len(graph.edges)
        graph.sizes.append(len(text) + 1)
        graph.edges.append([])
    return node


def _unwinding(
    graph: CodeGraph, number: int, linked: LinkedObject, references: Iterable[Reference], strings: Strings
) -> None:
    """Tables of exceptions are kept with the function that they are of, which is named before them."""
    function: int | None = None
    for reference in references:
        symbol = linked.symbols[reference.symbol]
        section = linked.sections[symbol.section] if symbol.section != ELSEWHERE else None
        if section is None:
            continue
        target = _target(graph, number, linked, reference, strings)
        if section.code:
            function = target
        elif function is not None and target is not None:
            graph.edges[function].append(target)


def section_nodes(graph: CodeGraph) -> Iterator[tuple[int, int, ObjectSection]]:
    """Each section's node, the number of its object and the section."""
    for number, linked in enumerate(graph.objects):
        for node, section in enumerate(linked.sections, graph.first[number]):
            if section is not None:
                yield node, number, section


def object_of(graph: CodeGraph, node: int) -> int:
    """The number of the object that has a section's node."""
    return bisect_right(graph.first, node) - 1


def section_name(graph: CodeGraph, node: int) -> str:
    """The name of a node's section; empty for a string or a registration."""
    number = object_of(graph, node)
    place = node - graph.first[number]
    sections = graph.objects[number].sections
    section = sections[place] if place < len(sections) else None
    return section.name if section is not None else ""
