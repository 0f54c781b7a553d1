"""How the files of a target relate to a table, from libraries that were built for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opsieve.size.prediction.table import MeasuredTarget

Line = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Built:
    """A library that was built: what the table says of its selection, and the bytes of its stripped files."""

    table_bytes: int
    program: int
    library: int


def calibrate(name: str, libraries: Sequence[Built]) -> MeasuredTarget:
    """The line through what was built. Its error is that of each library when only the others say where it starts.

    With one library, a byte of the table is taken for a byte of the file, and the error is not known: it is all.
    """
    program = [(each.table_bytes, each.program) for each in libraries]
    library = [(each.table_bytes, each.library) for each in libraries]
    error = max(_error(program), _error(library)) if len(libraries) > 2 else 1.0
    return MeasuredTarget(name, _line(program), _line(library), round(error, 4))


def _error(points: Sequence[tuple[int, int]]) -> float:
    slope = _line(points)[1]
    starts = [y - slope * x for x, y in points]
    others = [(sum(starts) - start) / (len(starts) - 1) for start in starts]
    return max(abs(other - start) / max(y, 1) for other, start, (_, y) in zip(others, starts, points, strict=True))


def _line(points: Sequence[tuple[int, int]]) -> Line:
    """Least squares."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 1.0
    return round(mean_y - slope * mean_x), round(slope, 4)
