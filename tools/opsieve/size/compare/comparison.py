"""What changed from one file to another; plain data."""

from __future__ import annotations

from dataclasses import dataclass

from opsieve.size.compare.baseline import Baseline
from opsieve.size.totals import Sizes

# What can be compared. Of "op", "class", "dtype" and "model" only bytes count that no other one has a share in.
OWNER, KIND, SECTION, SOURCE, OP, CLASS, DTYPE, MODEL = (
    "owner",
    "kind",
    "section",
    "source",
    "op",
    "class",
    "dtype",
    "model",
)
DIMENSIONS = (KIND, OWNER, OP, CLASS, DTYPE, MODEL, SECTION, SOURCE)

NEW, GONE, GREW, SHRANK, MOVED = "new", "gone", "grew", "shrank", "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """Something whose size changed. ``kind`` is the owner's, of other dimensions "". ``old`` or ``new`` is None where
    it is not there. ``status``: NEW, GONE, GREW, SHRANK, or MOVED: its code has the owner ``other`` on the other side.
    """

    dimension: str
    name: str
    kind: str
    old: Sizes | None
    new: Sizes | None
    status: str
    other: str = ""

    @property
    def growth(self) -> int:
        """In bytes of the file."""
        return (self.new.file_size if self.new else 0) - (self.old.file_size if self.old else 0)

    @property
    def loaded_growth(self) -> int:
        """In bytes of memory."""
        return (self.new.loaded_size if self.new else 0) - (self.old.loaded_size if self.old else 0)


@dataclass(frozen=True, slots=True)
class Move:
    """Code that is the same and has another owner. ``size`` in bytes of the new file."""

    old: str
    new: str
    size: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a file changed. ``what`` is for programs: "op-added", "dtype-added", "optimisation", "gc-sections" and so on.

    ``growth``: bytes of the file that are due to it, where that can be told. ``certain``: it follows from what
    selections and builds say of themselves; else it is what the sizes look like. ``ops``: those that it is about.
    """

    what: str
    text: str
    growth: int | None = None
    certain: bool = True
    ops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """``changes`` are in order of DIMENSIONS and then of how much they changed; what did not change is not in it."""

    old: Baseline
    new: Baseline
    changes: tuple[Change, ...]
    moves: tuple[Move, ...] = ()
    causes: tuple[Cause, ...] = ()

    @property
    def growth(self) -> int:
        """Of the file, in bytes."""
        return self.new.file_size - self.old.file_size

    @property
    def loaded_growth(self) -> int:
        """Of what is loaded, in bytes."""
        return self.new.loaded_size - self.old.loaded_size

    def of(self, dimension: str) -> tuple[Change, ...]:
        """The changes of one dimension, the largest first."""
        return tuple(change for change in self.changes if change.dimension == dimension)
