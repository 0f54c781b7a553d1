"""What goes and comes with the object whose copies the linker took, compared with linking without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from opsieve.size.cost.copies import Copies, twins
from opsieve.size.cost.graph import CodeGraph, code_graph
from opsieve.size.cost.losing import Losing
from opsieve.size.cost.objects import ELSEWHERE, GLOBAL, LinkedObject
from unit.size.cost.making import Making

_WEAK = 2
_OBJECTS = 4
_NAMES = 4
_LOCALS = 3


@dataclass
class _Linked:
    graph: CodeGraph
    starts: dict[int, set[int]]
    live: bytearray

    @classmethod
    def of(cls, objects: list[LinkedObject]) -> _Linked:
        graph = code_graph(objects, [{} for _ in objects])
        starts: dict[int, set[int]] = {}
        for node, number in graph.kept:
            starts.setdefault(node, set()).add(number)
        return cls(graph, starts, graph.live(starts))

    def sections(self, nodes: Iterable[int]) -> set[tuple[str, int]]:
        """Their objects' names, and their numbers in these."""
        found = {}
        for number, linked in enumerate(self.graph.objects):
            for place in range(len(linked.sections)):
                found[self.graph.first[number] + place] = (linked.name, place)
        return {found[node] for node in nodes}

    def alive(self) -> set[tuple[str, int]]:
        return self.sections(node for node, live in enumerate(self.live) if live)


def _lost(linked: _Linked, removable: set[int], gone: set[int]) -> tuple[list[int], list[int]]:
    copies = Copies(linked.graph, linked.live, removable)
    others = [node for node, objects in linked.starts.items() if not objects <= removable]
    losing = Losing(linked.graph.edges, linked.live, linked.graph.live(others, copies.nodes()), linked.starts)
    return copies.without(losing, gone, ())


_PLACE = st.integers(0, _NAMES + _LOCALS - 1)
_EDGES = st.lists(st.tuples(_PLACE, _PLACE), max_size=8)


def _object(number: int, edges: list[tuple[int, int]], started: int) -> LinkedObject:
    """With functions of its own and copies of functions that several objects have: of all that it refers to."""
    making = Making(f"{number}.o")
    used = {place for edge in edges for place in edge} | {started}
    symbols: dict[int, int] = {}
    sections: dict[int, int] = {}
    for place in range(_NAMES + _LOCALS):
        if place in used or place >= _NAMES:
            sections[place] = making.section(f".text.{place}")
            weak = place < _NAMES
            symbols[place] = making.symbol(f"f{place}", sections[place], _WEAK if weak else 0)
    for before, after in edges:
        making.refer(sections[before], symbols[after])
    making.refer(making.section(".init_array", 8, kept=True, code=False), symbols[started])
    return making.made()


@settings(max_examples=500)
@given(
    st.lists(st.tuples(_EDGES, _PLACE), min_size=_OBJECTS, max_size=_OBJECTS),
    st.sets(st.integers(0, _OBJECTS - 1)),
    st.data(),
)
def test_what_takes_the_place(
    each: list[tuple[list[tuple[int, int]], int]], removable: set[int], data: st.DataObject
) -> None:
    objects = [_object(number, edges, started) for number, (edges, started) in enumerate(each)]
    gone = data.draw(st.sets(st.sampled_from(sorted(removable)))) if removable else set()
    linked = _Linked.of(objects)
    lost, new = _lost(linked, removable, gone)
    assert len(set(lost)) == len(lost)
    assert len(set(new)) == len(new)
    assert not any(linked.live[node] for node in new)
    assert all(linked.live[node] for node in lost)
    without = _Linked.of([one for number, one in enumerate(objects) if number not in gone])
    assert (linked.alive() - linked.sections(lost)) | linked.sections(new) == without.alive()


def test_what_only_a_copy_referred_to_goes_with_it() -> None:
    """A template's helper that a compiler made for each object: the other object has its own."""
    objects = []
    for name in ("first.o", "second.o"):
        making = Making(name)
        shared = making.section(".text.shared")
        helper = making.section(".text.helper.isra.0")
        called = making.symbol("shared", shared, _WEAK)
        making.refer(shared, making.symbol("helper", helper), call=True)
        start = making.starting()
        making.refer(start, called, call=True)
        objects.append(making.made())
    linked = _Linked.of(objects)
    lost, new = _lost(linked, {0}, {0})
    assert ("first.o", 2) in linked.sections(lost)
    assert linked.sections(new) == {("second.o", 1), ("second.o", 2)}
    pairs = {
        (*linked.sections([node]), *linked.sections([twin])) for node, twin in twins(linked.graph, lost, new).items()
    }
    assert pairs == {(("second.o", place), ("first.o", place)) for place in (1, 2)}


def test_what_nobody_else_has_stays() -> None:
    """As what the link of the rest would need: it is not left out silently."""
    first = Making("first.o")
    first.symbol("only", first.section(".text.only"), GLOBAL)
    second = Making("second.o")
    second.refer(second.starting(), second.symbol("only", ELSEWHERE, GLOBAL), call=True)
    linked = _Linked.of([first.made(), second.made()])
    assert _lost(linked, {0}, {0}) == ([], [])
