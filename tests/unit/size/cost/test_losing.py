"""What goes with some starts, compared with searching everything again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from opsieve.size.cost.losing import Losing

_MOST = 14
_NODE = st.integers(0, _MOST - 1)
_OBJECT = st.integers(0, 4)


def _reached(edges: list[list[int]], start: set[int], cut: set[int]) -> bytearray:
    found = start - cut
    while more := {target for node in found for target in edges[node]} - cut - found:
        found |= more
    return bytearray(node in found for node in range(_MOST))


@settings(max_examples=500)
@given(
    st.lists(st.lists(_NODE, max_size=3), min_size=_MOST, max_size=_MOST),
    st.dictionaries(_NODE, st.sets(_OBJECT, min_size=1, max_size=3), max_size=5),
    st.sets(_NODE, max_size=4),
    st.data(),
)
def test_what_is_lost(
    edges: list[list[int]], starts: dict[int, set[int]], registering: set[int], data: st.DataObject
) -> None:
    removable = data.draw(st.sets(_OBJECT))
    live = _reached(edges, set(starts), set())
    always = _reached(edges, {node for node, objects in starts.items() if not objects <= removable}, registering)
    losing = Losing(edges, live, always, starts)
    for _ in range(3):
        gone = data.draw(st.sets(st.sampled_from(sorted(removable)))) if removable else set()
        cut = data.draw(st.sets(st.sampled_from(sorted(registering)))) if registering else set()
        after = _reached(edges, {node for node, objects in starts.items() if not objects <= gone}, cut)
        lost = losing.lost(gone, cut)
        assert sorted(lost) == [node for node in range(_MOST) if live[node] and not after[node]]
        assert len(set(lost)) == len(lost)


def test_a_long_chain_needs_no_recursion() -> None:
    count = 50_000
    chain = [[node + 1] for node in range(count - 1)] + [[]]
    losing = Losing(chain, bytearray(b"\1" * count), bytearray(count), {0: {7}})
    assert len(losing.lost({7}, ())) == count
    assert losing.lost((), ()) == []
