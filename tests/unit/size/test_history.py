"""Sizes over many baselines."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from opsieve.size.attribution import RUNTIME, Owner
from opsieve.size.history import HEIGHT, WIDTH, Point, history_of, to_json, to_svg
from unit.size.sizes import HOSTILE, small

_SVG = "{http://www.w3.org/2000/svg}"


def _history(count: int) -> tuple[Point, ...]:
    return history_of(
        (f"v{number}", small((Owner("more.cc", RUNTIME), "f()", 100 * number + 1))) for number in range(count)
    )


def test_rows() -> None:
    rows = json.loads(to_json(_history(3)))["builds"]
    assert [row["label"] for row in rows] == ["v0", "v1", "v2"]
    assert [row["file_size"] for row in rows] == [6721, 6821, 6921]
    assert rows[0]["kinds"] == {"kernel": 1000, "runtime": 5001, "package": 500, "format": 220}


@pytest.mark.parametrize("count", [1, 2, 40])
def test_every_build_is_in_the_picture_and_larger_ones_are_higher(count: int) -> None:
    top = ElementTree.fromstring(to_svg(_history(count), "Sizes"))
    lines = top.findall(f"{_SVG}polyline")
    assert len(lines) == 3
    points = [tuple(map(float, point.split(","))) for point in lines[0].attrib["points"].split()]
    assert len(points) == count
    assert points == sorted(points, key=lambda point: (point[0], -point[1]))
    assert len(top.findall(f"{_SVG}circle")) == 3 * count
    for element in top.iter():
        for name, most in (("cx", WIDTH), ("x", WIDTH), ("x1", WIDTH), ("cy", HEIGHT), ("y", HEIGHT), ("y1", HEIGHT)):
            assert 0 <= float(element.attrib.get(name, 0)) <= most


def test_names_become_text() -> None:
    points = history_of((name, small()) for name in HOSTILE)
    text = to_svg(points, HOSTILE[2])
    top = ElementTree.fromstring(text)
    assert {element.tag.removeprefix(_SVG) for element in top.iter()} == {
        "svg", "title", "desc", "rect", "text", "line", "polyline", "circle", "tspan",
    }  # fmt: skip
    assert "\x1b" not in text
    assert "\u202e" not in text
    text.encode("utf-8")


def test_an_empty_file_has_a_picture() -> None:
    ElementTree.fromstring(to_svg((Point("x", 0, 0, 0, ()),), "Sizes"))
