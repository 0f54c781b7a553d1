"""Code that is in both files and has another owner in the second."""

from __future__ import annotations

from collections.abc import Iterator

from opsieve.size.attribution import FORMAT, UNATTRIBUTED, Attribution
from opsieve.size.compare.baseline import Baseline, Measured, is_code
from opsieve.size.compare.comparison import Move

# Less is chance: many functions have the same size.
_LEAST = 64
_NOBODYS = (FORMAT, UNATTRIBUTED)


def moves_between(
    old: Attribution | Baseline, new: Attribution | Baseline, before: Baseline, after: Baseline
) -> Iterator[Move]:
    """By symbols, where both files are there with their parts; else by sizes. The largest first."""
    if isinstance(old, Attribution) and isinstance(new, Attribution):
        moves = list(_by_symbols(old, new))
    else:
        moves = list(_by_sizes(before, after))
    yield from sorted(moves, key=lambda move: (-move.size, move.old, move.new))


def code_sizes(attribution: Attribution) -> dict[str, tuple[int, int]]:
    """The functions that have a name of their own: their size in bytes, and their owner's number."""
    found: dict[str, tuple[int, int]] = {}
    twice: set[str] = set()
    for part in attribution.parts:
        if part.symbol and is_code(part):
            if part.symbol in found:
                twice.add(part.symbol)
            found[part.symbol] = part.file_size, part.owner
    for name in twice:
        del found[name]
    return found


def _by_symbols(old: Attribution, new: Attribution) -> Iterator[Move]:
    before = code_sizes(old)
    sizes: dict[tuple[str, str], int] = {}
    for symbol, (size, number) in code_sizes(new).items():
        if symbol in before:
            was, now = old.owners[before[symbol][1]], new.owners[number]
            if (was.kind, was.name) != (now.kind, now.name):
                sizes[was.name, now.name] = sizes.get((was.name, now.name), 0) + size
    for (was_name, now_name), size in sizes.items():
        if size >= _LEAST:
            yield Move(was_name, now_name, size)


def _by_sizes(old: Baseline, new: Baseline) -> Iterator[Move]:
    gone, came = _only_in(old, new), _only_in(new, old)
    for shape, was in gone.items():
        now = came.get(shape)
        if now is not None and len(was) == len(now) == 1:
            yield Move(was[0].owner.name, now[0].owner.name, shape[0])


def _only_in(one: Baseline, other: Baseline) -> dict[tuple[int, int], list[Measured]]:
    there = {(row.owner.kind, row.owner.name) for row in other.owners}
    found: dict[tuple[int, int], list[Measured]] = {}
    for row in one.owners:
        if row.code_size is None or row.functions is None or row.code_size < _LEAST:
            continue
        if row.owner.kind not in _NOBODYS and (row.owner.kind, row.owner.name) not in there:
            found.setdefault((row.code_size, row.functions), []).append(row)
    return found
