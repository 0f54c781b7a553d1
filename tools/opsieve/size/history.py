"""How sizes changed over many baselines: as rows, and as a picture."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from opsieve.size.attribution import OWNER_KINDS
from opsieve.size.compare.baseline import Baseline
from opsieve.size.compare.comparison import KIND
from opsieve.size.compare.dimensions import sizes_of, stripped_size
from opsieve.size.markup import render_markup
from opsieve.size.page.names import shown, size_text

SCHEMA = 1
TEMPLATE = "size_history.svg.j2"
WIDTH, HEIGHT = 960, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 200, 56, 110
_TICKS = 5
# More labels than that lie on each other.
_MOST_LABELS = 24
_LONGEST_LABEL = 18
# Told apart by people who see no red or green, too: https://jfly.uni-koeln.de/color/
_LOOKS = (("in the file", "#0072b2", ""), ("without symbols", "#009e73", "7 4"), ("loaded", "#d55e00", "2 4"))


@dataclass(frozen=True, slots=True)
class Point:
    """The sizes of one baseline, in bytes; ``kinds`` those of each kind of owner that it has."""

    label: str
    file_size: int
    stripped_size: int
    loaded_size: int
    kinds: tuple[tuple[str, int], ...]


def history_of(baselines: Iterable[tuple[str, Baseline]]) -> tuple[Point, ...]:
    """A point for each, in the order given; with them their labels."""
    return tuple(_point(label, baseline) for label, baseline in baselines)


def _point(label: str, baseline: Baseline) -> Point:
    kinds = sizes_of(baseline, KIND)
    return Point(
        label,
        baseline.file_size,
        stripped_size(baseline),
        baseline.loaded_size,
        tuple((kind, kinds[kind].file_size) for kind in OWNER_KINDS if kind in kinds),
    )


def to_json(points: Sequence[Point]) -> str:
    """The same text for the same points."""
    rows = [
        json.dumps(
            {
                "label": point.label,
                "file_size": point.file_size,
                "stripped_size": point.stripped_size,
                "loaded_size": point.loaded_size,
                "kinds": dict(point.kinds),
            }
        )
        for point in points
    ]
    return f'{{\n"schema": {SCHEMA},\n"builds": [\n ' + ",\n ".join(rows) + "\n]\n}\n"


def to_svg(points: Sequence[Point], title: str) -> str:
    """A picture that needs no script, no font and no network. Labels of strangers' files become text."""
    most = max(max(point.file_size, point.loaded_size) for point in points)
    scale = _Scale(len(points), _round_up(most))
    values = [[p.file_size for p in points], [p.stripped_size for p in points], [p.loaded_size for p in points]]
    lines = [
        {
            "name": name,
            "colour": colour,
            "dashes": dashes,
            "points": [(scale.x(number), scale.y(value), size_text(value)) for number, value in enumerate(its)],
            "last": size_text(its[-1]),
        }
        for (name, colour, dashes), its in zip(_LOOKS, values, strict=True)
    ]
    return render_markup(
        TEMPLATE,
        title=shown(title),
        summary="; ".join(f"{shown(point.label)}: {size_text(point.file_size)}" for point in points[-_MOST_LABELS:]),
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        bottom=HEIGHT - _BOTTOM,
        ticks=[(scale.y(value), size_text(value)) for value in _ticks(scale.top)],
        labels=[(scale.x(number), _short(points[number].label)) for number in _labelled(len(points))],
        lines=lines,
        legend=list(zip(_apart([scale.y(its[-1]) for its in values]), lines, strict=True)),
        names=[shown(point.label) for point in points],
    )


class _Scale:
    """From numbers of builds and bytes to places in the picture. ``top``: the bytes at its upper edge."""

    def __init__(self, count: int, top: int) -> None:
        self._step = (WIDTH - _LEFT - _RIGHT) / max(count - 1, 1)
        self.top = top

    def x(self, number: int) -> float:
        return round(_LEFT + number * self._step, 1)

    def y(self, value: int) -> float:
        return round(HEIGHT - _BOTTOM - value / self.top * (HEIGHT - _TOP - _BOTTOM), 1)


def _round_up(most: int) -> int:
    """The next size whose ticks are round: a power of two times one to ten."""
    unit = 1
    while unit * 10 < most:
        unit *= 2
    return unit * max(-(-most // unit), _TICKS)


def _ticks(top: int) -> list[int]:
    return [top * number // _TICKS for number in range(_TICKS + 1)]


def _labelled(count: int) -> Iterator[int]:
    step = -(-count // _MOST_LABELS)
    return iter(range(0, count, step))


def _short(label: str) -> str:
    label = shown(label)
    return label if len(label) <= _LONGEST_LABEL else f"…{label[1 - _LONGEST_LABEL :]}"


def _apart(places: Sequence[float], least: float = 34) -> list[float]:
    """The places of texts, moved so that none lies on another."""
    order = sorted(range(len(places)), key=lambda number: (places[number], number))
    moved = list(places)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + least)
    return moved
