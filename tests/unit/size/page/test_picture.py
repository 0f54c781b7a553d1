"""The treemap as SVG and PNG."""

from __future__ import annotations

import itertools
import struct
import xml.etree.ElementTree as ElementTree

import pytest

from opsieve.size.attribution import OWNER_KINDS, Owner, Part
from opsieve.size.page import render_png, render_svg
from opsieve.size.page.palette import KINDS, look
from opsieve.size.page.picture import HEIGHT, WIDTH, Box, tiles
from page.attributions import hostile, library, of

SVG = "{http://www.w3.org/2000/svg}"


def test_areas_are_as_the_sizes() -> None:
    box = Box(10, 20, 400, 300)
    sizes = [6000, 3000, 2500, 900, 40, 7, 1]
    placed = tiles(sizes, box)
    for size, tile in zip(sizes, placed, strict=True):
        assert tile.width * tile.height == pytest.approx(box.width * box.height * size / sum(sizes))
        assert tile.x >= box.x - 1e-6
        assert tile.x + tile.width <= box.x + box.width + 1e-6
        assert tile.y + tile.height <= box.y + box.height + 1e-6
    for one, other in itertools.combinations(placed, 2):
        across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
        down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
        assert across < 1e-6 or down < 1e-6


def test_a_library_is_well_formed_and_light() -> None:
    picture = render_svg(library())
    root = ElementTree.fromstring(picture)
    assert root.attrib["viewBox"] == f"0 0 {WIDTH} {HEIGHT}"
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    for kind in {look(owner.kind) for owner in library().owners}:
        assert any(title.startswith(f"{kind.title} · ") for title in titles)
    assert len(picture) < 250_000
    assert render_svg(library()) == picture


def test_names_are_text() -> None:
    root = ElementTree.fromstring(render_svg(hostile()))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "desc", "rect", "text", "g"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in names if name.startswith("on") or "href" in name}


@pytest.mark.parametrize("sizes", [[], [0], [1], [10**12, 1], [5] * 1000], ids=str)
def test_odd_sizes(sizes: list[int]) -> None:
    owners = tuple(Owner(f"owner {number}", OWNER_KINDS[number % 2]) for number in range(max(len(sizes), 1)))
    parts = [Part(0, size, size, ".text", "", "", "f", number) for number, size in enumerate(sizes)]
    ElementTree.fromstring(render_svg(of(*parts, owners=owners)))


def test_every_kind_of_owner_has_its_look() -> None:
    assert tuple(kind.kind for kind in KINDS) == OWNER_KINDS


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_text_can_be_read_on_every_colour(kind: object) -> None:
    look = kind
    for ink, colour in (("#15191e", look.light), ("#eef1f4", look.dark)):  # type: ignore[attr-defined]
        one, other = sorted((_luminance(ink), _luminance(colour)))
        assert (other + 0.05) / (one + 0.05) >= 4.5


def test_png() -> None:
    pytest.importorskip("resvg_py", reason="draws the PNG with resvg-py, which is not installed")
    picture = render_png(library(owners=50, parts=500), scale=0.5)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (WIDTH // 2, HEIGHT // 2)
