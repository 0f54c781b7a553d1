"""A treemap of kinds and their owners as a picture: SVG, and PNG made from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from opsieve.errors import OpsieveError
from opsieve.size.attribution import Attribution, measures
from opsieve.size.page.grouping import Group, groups
from opsieve.size.page.names import shown, size_text
from opsieve.size.page.palette import look

WIDTH, HEIGHT = 1200, 800
_PATH = re.compile(r"[^\s<>()]+/[^\s<>()]+/[^\s<>()]+")
_TITLE, _HEADER, _GAP = 64, 24, 2
# A character of the sans-serif fonts that systems have is at most so many times as wide as the font is high.
_CHARACTER = 0.58
# More tiles than a picture can show: squarify recurses, and each would be less than a pixel.
_MOST_TILES = 120
_INK = "#15191e"
_FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, top: float, gap: float) -> Box:
        return Box(self.x + gap, self.y + top, max(self.width - 2 * gap, 0.0), max(self.height - top - gap, 0.0))


def render_svg(attribution: Attribution) -> bytes:
    """The file's bytes by kind of owner and owner, as SVG 1.1 that needs no script, no font and no network.

    It is light, so that it prints, and its text can be selected. Names of people's files are escaped.
    """
    found = groups(attribution)
    in_file, loaded = measures(attribution.kind)
    total = f"{size_text(attribution.file_size)} {in_file}, {size_text(attribution.loaded_size)} {loaded}"
    heading = shown(attribution.file)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-labelledby="title summary" font-family="{_FONT}">',
        f'<title id="title">{escape(f"Sizes of {heading}")}</title>',
        f'<desc id="summary">{escape(f"{total}. {_summary(attribution, found)}")}</desc>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _label(16, 28, 20, _fitting(heading, WIDTH - 32, 20), _INK, bold=True),
        _label(16, 50, 14, _fitting(" · ".join(filter(None, (total, attribution.machine))), WIDTH - 32, 14), "#4a5561"),
    ]
    kinds: dict[str, list[Group]] = {}
    for group in found:
        kinds.setdefault(group.facts.kind, []).append(group)
    sizes = {kind: sum(_file_size(group) for group in its) for kind, its in kinds.items()}
    order = sorted((kind for kind in kinds if sizes[kind]), key=lambda kind: (-sizes[kind], kind))
    area = Box(12, _TITLE, WIDTH - 24, HEIGHT - _TITLE - 12)
    for kind, box in zip(order, tiles([sizes[kind] for kind in order], area), strict=True):
        lines += _kind_lines(kind, kinds[kind], sizes[kind], box, attribution.file_size)
    lines.append("</svg>\n")
    return "\n".join(line for line in lines if line).encode("utf-8", "replace")


def render_png(attribution: Attribution, scale: float = 2.0) -> bytes:
    """:func:`render_svg` as PNG, with the fonts of the system; ``scale``: pixels for each of the SVG's.

    Raises:
        OpsieveError: resvg-py, which draws it, is not installed.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise OpsieveError(
            "a PNG is drawn by the Python package resvg-py, which is not installed",
            hint="pip install 'opsieve[png]', or write SVG",
        ) from error
    return bytes(resvg_py.svg_to_bytes(svg_string=render_svg(attribution).decode(), zoom=scale))


def tiles(sizes: list[int], box: Box) -> list[Box]:
    """Rectangles in ``box`` whose areas are as the ``sizes``, which are positive and fall (squarified treemap)."""
    import squarify

    if not sizes or box.width <= 0 or box.height <= 0:
        return [Box(box.x, box.y, 0, 0)] * len(sizes)
    placed = squarify.squarify(
        squarify.normalize_sizes(sizes, box.width, box.height), box.x, box.y, box.width, box.height
    )
    return [Box(tile["x"], tile["y"], tile["dx"], tile["dy"]) for tile in placed]


def _kind_lines(kind: str, its: list[Group], size: int, box: Box, file_size: int) -> list[str]:
    style = look(kind)
    title = f"{shown(style.title)} · {size_text(size)} · {share(size, file_size)}"
    frame = box.inside(_GAP, _GAP)
    lines = ["<g>", f"<title>{escape(title)}</title>", _rectangle(frame, style.light, 0.45)]
    header = _HEADER if frame.height > 2 * _HEADER and frame.width > 60 else 0
    if header:
        wide = frame.width - 14
        heading = next((text for text in _shorter(title) if _fitting(text, wide, 13) == text), shown(style.title))
        lines.append(_label(frame.x + 7, frame.y + 17, 13, _fitting(heading, wide, 13), _INK, bold=True))
    lines.append("</g>")
    named = sorted(((_file_size(group), group.facts.name) for group in its), key=lambda pair: (-pair[0], pair[1]))
    named = [pair for pair in named if pair[0]]
    rest = named[_MOST_TILES:]
    rows = [(amount, shown(name)) for amount, name in named[:_MOST_TILES]]
    if rest:
        # Last, where a treemap has its smallest, although it may be larger: its place says that it is the remainder.
        rows.append((sum(amount for amount, _ in rest), f"{len(rest):,} smaller owners"))
    for (amount, name), tile in zip(rows, tiles([row[0] for row in rows], frame.inside(header, 3)), strict=True):
        lines += _tile_lines(name, amount, tile.inside(1, 1), style.light, file_size)
    return lines


def _tile_lines(name: str, size: int, box: Box, colour: str, file_size: int) -> list[str]:
    if box.width < 1 or box.height < 1:
        return []
    title = f"<title>{escape(f'{name}: {size_text(size)}, {share(size, file_size)}')}</title>"
    lines = ["<g>", title, _rectangle(box, colour, 1)]
    if box.width > 44 and box.height > 18:
        lines.append(_label(box.x + 5, box.y + 14, 12, _fitting(_short(name), box.width - 10, 12), _INK))
        amount = size_text(size)
        if box.height > 34 and _fitting(amount, box.width - 8, 11) == amount:
            lines.append(_label(box.x + 5, box.y + 29, 11, amount, _INK))
    lines.append("</g>")
    return lines


def _shorter(title: str) -> list[str]:
    words = title.split(" · ")
    return [" · ".join(words[:count]) for count in range(len(words), 0, -1)]


def _short(name: str) -> str:
    """Of a path, its last name: the picture has its title for all of it."""
    return name.rpartition("/")[2] or name if _PATH.fullmatch(name) else name


def share(size: int, whole: int) -> str:
    return f"{100 * size / whole:.1f} %" if whole else "0 %"


def _file_size(group: Group) -> int:
    return sum(leaf.file_size for unit in group.units for leaf in unit.leaves)


def _summary(attribution: Attribution, found: list[Group]) -> str:
    sizes: dict[str, int] = {}
    for group in found:
        sizes[group.facts.kind] = sizes.get(group.facts.kind, 0) + _file_size(group)
    ordered = sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(
        f"{shown(look(kind).title)} {size_text(size)} ({share(size, attribution.file_size)})" for kind, size in ordered
    )


def _rectangle(box: Box, colour: str, opacity: float) -> str:
    faint = "" if opacity == 1 else f' fill-opacity="{opacity}"'
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="2" '
        f'fill="{colour}"{faint}/>'
    )


def _label(x: float, y: float, size: int, text: str, colour: str, bold: bool = False) -> str:
    if not text:
        return ""
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}"{weight}>{escape(text)}</text>'


def _fitting(text: str, width: float, size: int) -> str:
    """``text`` cut to ``width`` pixels: SVG 1.1 cannot measure without a script."""
    most = int(width / (size * _CHARACTER))
    if most < 3:
        return ""
    return text if len(text) <= most else f"{text[: most - 1]}…"
