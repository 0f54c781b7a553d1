"""Which code keeps which, compared with a search over the objects themselves."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsieve.size.cost.graph import CodeGraph, code_graph
from opsieve.size.cost.objects import ELSEWHERE, GLOBAL, LOCAL, LinkedObject
from opsieve.size.cost.registrations import Part, Registration
from unit.size.cost.making import Making

_WEAK = 2
_NAMES = ("", "a", "b", "c", "d")


@st.composite
def _objects(draw: st.DrawFn) -> list[LinkedObject]:
    """Some that define and refer to a few names, strong, weak and local ones."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        making = Making(f"{number}.o")
        for place in range(draw(st.integers(1, 4))):
            making.section(f".text.{place}", 10, kept=draw(st.booleans()) and place == 0)
        count = len(making.sections)
        for _ in range(draw(st.integers(1, 6))):
            section = draw(st.sampled_from([ELSEWHERE, *range(1, count)]))
            making.symbol(draw(st.sampled_from(_NAMES)), section, draw(st.sampled_from([LOCAL, GLOBAL, _WEAK])))
        for _ in range(draw(st.integers(0, 8))):
            making.refer(draw(st.integers(1, count - 1)), draw(st.integers(1, len(making.symbols) - 1)))
        found.append(making.made())
    return found


def _resolved(objects: list[LinkedObject], number: int, symbol: int) -> tuple[int, int] | None:
    """Where the linker finds what a symbol stands for."""
    asked = objects[number].symbols[symbol]
    if asked.binding == LOCAL:
        return None if asked.section == ELSEWHERE else (number, asked.section)
    same = [
        (place, other)
        for place, linked in enumerate(objects)
        for other in linked.symbols
        if other.name == asked.name and other.section != ELSEWHERE and other.binding != LOCAL
    ]
    strong = [row for row in same if row[1].binding == GLOBAL]
    return next(((place, other.section) for place, other in strong or same), None)


def _reached(objects: list[LinkedObject], without: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    every = {(number, place) for number, linked in enumerate(objects) for place in range(1, len(linked.sections))}
    kept = {(n, p) for n, p in every if (section := objects[n].sections[p]) is not None and section.kept}
    found = kept - set(without)
    while True:
        more = {
            target
            for number, place in found
            for reference in objects[number].references.get(place, ())
            if (target := _resolved(objects, number, reference.symbol)) is not None
        }
        if more - set(without) <= found:
            return found
        found |= more - set(without)


@settings(max_examples=300)
@given(_objects(), st.data())
def test_what_is_live(objects: list[LinkedObject], data: st.DataObject) -> None:
    graph = code_graph(objects, [{} for _ in objects])
    places = [(n, p) for n, linked in enumerate(objects) for p in range(1, len(linked.sections))]
    cut = data.draw(st.lists(st.sampled_from(places), max_size=3))
    live = graph.live((node for node, _ in graph.kept), [graph.first[n] + p for n, p in cut])
    assert {(n, p) for n, p in places if live[graph.first[n] + p]} == _reached(objects, cut)


@settings(max_examples=200)
@given(_objects(), st.data())
def test_what_is_known_to_be_live_changes_nothing(objects: list[LinkedObject], data: st.DataObject) -> None:
    graph = code_graph(objects, [{} for _ in objects])
    start = [node for node, _ in graph.kept]
    some = data.draw(st.lists(st.sampled_from(start), max_size=2)) if start else []
    known = [node for node, live in enumerate(graph.live(some)) if live]
    assert graph.live([*known, *start]) == graph.live(start)


def _node(graph: CodeGraph, making: Making, section: int) -> int:
    return graph.first[[linked.name for linked in graph.objects].index(making.name)] + section


def test_equal_strings_of_several_objects_are_one() -> None:
    objects = [Making("1.o"), Making("2.o")]
    for making in objects:
        code = making.section(".text", kept=True)
        making.refer_to_text(code, making.name)
        making.refer_to_text(code, "a text")
    graph = code_graph([each.made() for each in objects], [{}, {}])
    assert graph.strings.keys() == {b"1.o", b"2.o", b"a text"}
    assert [graph.sizes[node] for node in graph.strings.values()] == [4, 7, 4]
    live = graph.live([_node(graph, objects[1], 1)])
    assert {text for text, node in graph.strings.items() if live[node]} == {b"2.o", b"a text"}


def test_who_points_into_a_string_keeps_all_of_it() -> None:
    making = Making()
    code = making.section(".text", kept=True)
    making.refer_to_text(code, "first")
    making.refer_to_text(code, "second")
    making.refer(code, making._symbol, len("first\0se"))
    graph = code_graph([making.made()], [{}])
    assert graph.strings.keys() == {b"first", b"second"}


@pytest.mark.parametrize("addend", [-1, 12, 1 << 40])
def test_who_points_beside_strings_keeps_their_section(addend: int) -> None:
    making = Making()
    code = making.section(".text", kept=True)
    making.refer_to_text(code, "a text")
    making.references.clear()
    making.refer(code, making._symbol, addend)
    graph = code_graph([making.made()], [{}])
    assert not graph.strings
    assert graph.edges[code] == [making._table]


def test_tables_of_exceptions_go_with_their_function() -> None:
    making = Making()
    function = making.section(".text.f", kept=True)
    other = making.section(".text.g")
    table = making.section(".gcc_except_table.f", code=False)
    more = making.section(".gcc_except_table.g", code=False)
    frames = making.section(".eh_frame", code=False)
    for section in (function, table, other, more):
        making.refer(frames, making.symbol("", section))
    graph = code_graph([making.made()], [{}])
    live = graph.live(node for node, _ in graph.kept)
    assert [bool(live[each]) for each in (function, table, other, more, frames)] == [True, True, False, False, False]


def test_what_follows_a_section_is_kept_with_it() -> None:
    making = Making()
    function = making.section(".text.f", kept=True)
    unwinding = making.section(".ARM.exidx.text.f", code=False, follows=function)
    graph = code_graph([making.made()], [{}])
    assert graph.live([function])[unwinding]
    assert not graph.live([function], [function])[unwinding]


def test_what_is_registered_can_be_cut_out_of_start_up_code() -> None:
    making = Making()
    start = making.starting()
    kernels = [making.section(f".text.kernel{n}") for n in range(2)]
    both = making.section(".text.both")
    numbers = [making.refer(start, making.symbol("", kernel)) for kernel in kernels]
    making.refer(start, making.symbol("", both))
    what = [Registration("A", "AOp"), Registration("B", "BOp")]
    parts = [Part((one,), 30, (number,)) for one, number in zip(what, numbers, strict=True)]
    graph = code_graph([making.made()], [{start: parts}])
    assert graph.sizes[start] == 100 - 60
    nodes = {each: node for node, each in graph.registering.items()}
    assert nodes.keys() == {frozenset((one,)) for one in what}
    live = graph.live((node for node, _ in graph.kept), [nodes[frozenset(what[:1])]])
    assert [bool(live[each]) for each in (start, *kernels, both)] == [True, False, True, True]
