"""Compares the sizes of two files."""

from __future__ import annotations

from collections.abc import Iterator

from opsieve.errors import OpsieveError
from opsieve.selection.lock.lock import Lock
from opsieve.size.attribution import PACKAGED, Attribution
from opsieve.size.compare.baseline import Baseline, Measured, baseline_of
from opsieve.size.compare.build_causes import build_causes
from opsieve.size.compare.comparison import (
    DIMENSIONS,
    GONE,
    GREW,
    MOVED,
    NEW,
    OWNER,
    SHRANK,
    Change,
    Comparison,
    Move,
)
from opsieve.size.compare.dimensions import sizes_of
from opsieve.size.compare.moves import moves_between
from opsieve.size.compare.package_causes import package_causes
from opsieve.size.compare.selection_causes import selection_causes
from opsieve.size.totals import Sizes

# Of an owner that came or went: so much of it has to be another's for it to have moved.
_MOST_MOVED = 0.5


def compare(
    old: Attribution | Baseline,
    new: Attribution | Baseline,
    *,
    old_lock: Lock | None = None,
    new_lock: Lock | None = None,
) -> Comparison:
    """What is different in ``new``, and why.

    The locks are of the selections that the files were built from; a baseline may have its own. With both, causes say
    which model and node asks for what came. Code that moved to another owner is told by its symbols when both are
    attributions, else by owners whose code has exactly the same size.

    Raises:
        OpsieveError: one is a package and the other is not.
    """
    before = old if isinstance(old, Baseline) else baseline_of(old, old_lock)
    after = new if isinstance(new, Baseline) else baseline_of(new, new_lock)
    if (before.kind == PACKAGED) != (after.kind == PACKAGED):
        package, other = (before, after) if before.kind == PACKAGED else (after, before)
        raise OpsieveError(
            f"{package.file} is a package, and {other.file} is none",
            hint="give two packages, or name the library in the package with --member",
        )
    moves = tuple(moves_between(old, new, before, after))
    owners = sorted(_owners(before, after, moves), key=_most_first)
    others = [
        change
        for dimension in DIMENSIONS
        if dimension != OWNER
        for change in sorted(_changes(dimension, before, after), key=_most_first)
    ]
    changes = sorted((*owners, *others), key=lambda change: DIMENSIONS.index(change.dimension))
    if after.kind == PACKAGED:
        return Comparison(before, after, tuple(changes), moves, tuple(package_causes(before, after)))
    selected, explained = selection_causes(before, after, owners, old_lock or before.lock, new_lock or after.lock)
    left = after.file_size - before.file_size - explained
    causes = (*selected, *build_causes(before, after, old, new, left, selected))
    return Comparison(before, after, tuple(changes), moves, causes)


def _most_first(change: Change) -> tuple[int, int, str, str]:
    return -abs(change.growth), -abs(change.loaded_growth), change.kind, change.name


def _owners(old: Baseline, new: Baseline, moves: tuple[Move, ...]) -> Iterator[Change]:
    before = {(row.owner.kind, row.owner.name): row for row in old.owners}
    after = {(row.owner.kind, row.owner.name): row for row in new.owners}
    for kind, name in before.keys() | after.keys():
        was, now = before.get((kind, name)), after.get((kind, name))
        change = _change(OWNER, name, kind, _sizes(was), _sizes(now))
        if change is None:
            continue
        row = was or now
        assert row is not None
        if change.status in (NEW, GONE) and (other := _mostly_moved(row, change.status, moves)):
            change = Change(OWNER, name, kind, change.old, change.new, MOVED, other)
        yield change


def _mostly_moved(row: Measured, status: str, moves: tuple[Move, ...]) -> str:
    """The other side's owner of most of its code."""
    sizes: dict[str, int] = {}
    for move in moves:
        here, there = (move.new, move.old) if status == NEW else (move.old, move.new)
        if here == row.owner.name:
            sizes[there] = sizes.get(there, 0) + move.size
    most = max(sizes, key=lambda name: (sizes[name], name), default="")
    return most if sum(sizes.values()) > _MOST_MOVED * (row.code_size or row.file_size) else ""


def _sizes(row: Measured | None) -> Sizes | None:
    return Sizes(row.file_size, row.loaded_size) if row is not None else None


def _changes(dimension: str, old: Baseline, new: Baseline) -> Iterator[Change]:
    before, after = sizes_of(old, dimension), sizes_of(new, dimension)
    for name in before.keys() | after.keys():
        change = _change(dimension, name, "", before.get(name), after.get(name))
        if change is not None:
            yield change


def _change(dimension: str, name: str, kind: str, old: Sizes | None, new: Sizes | None) -> Change | None:
    if old == new:
        return None
    if old is None or new is None:
        return Change(dimension, name, kind, old, new, NEW if old is None else GONE)
    grew = (new.file_size, new.loaded_size) > (old.file_size, old.loaded_size)
    return Change(dimension, name, kind, old, new, GREW if grew else SHRANK)
