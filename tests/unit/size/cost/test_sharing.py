"""What shares which bytes, compared with passing sets on until nothing changes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from opsieve.size.cost.sharing import Sharing

_MOST = 12
_NODE = st.integers(0, _MOST - 1)


def _passed_on(
    edges: list[list[int]], nodes: set[int], own: dict[int, frozenset[int]], ends: set[int]
) -> dict[int, frozenset[int]]:
    found = {node: own.get(node, frozenset()) for node in nodes}
    changing = True
    while changing:
        changing = False
        for node in nodes:
            for target in edges[node]:
                if target in nodes and target not in ends and not found[node] <= found[target]:
                    found[target] |= found[node]
                    changing = True
    return found


@settings(max_examples=300)
@given(
    st.lists(st.lists(_NODE, max_size=4), min_size=_MOST, max_size=_MOST),
    st.sets(_NODE),
    st.dictionaries(_NODE, st.frozensets(st.integers(0, 5), max_size=3), max_size=6),
    st.sets(_NODE, max_size=3),
)
def test_sets_are_those_of_all_that_reaches_a_node(
    edges: list[list[int]], nodes: set[int], own: dict[int, frozenset[int]], ends: set[int]
) -> None:
    found = Sharing(edges, nodes, own, ends)
    assert {node: found.sets[found.of[node]] for node in nodes} == _passed_on(edges, nodes, own, ends)
    # Equal sets are one.
    assert len(set(found.sets)) == len(found.sets)


@given(st.lists(st.frozensets(st.integers(0, 6)), min_size=1, max_size=8))
def test_unions(each: list[frozenset[int]]) -> None:
    found = Sharing([[] for _ in each], range(len(each)), dict(enumerate(each)), ())
    for left in found.of.values():
        for right in found.of.values():
            assert found.sets[found.union(left, right)] == found.sets[left] | found.sets[right]
            assert found.union(left, right) == found.union(right, left)


def test_a_long_chain_needs_no_recursion() -> None:
    count = 50_000
    chain = [[node + 1] for node in range(count - 1)] + [[0]]
    found = Sharing(chain, range(count), {count // 2: frozenset((7,))}, ())
    assert {found.sets[number] for number in found.of.values()} == {frozenset((7,))}
