"""The size report as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.size.attribution import Attribution, Owner, measures
from opsieve.size.markup import render_markup
from opsieve.size.page.names import shown, size_text
from opsieve.size.page.packing import MAX_PACKED, pack
from opsieve.size.page.palette import KINDS, look

TEMPLATE = "size_report.html.j2"
# In this order they are one script; the page shares no name with what else may run in the browser.
SCRIPTS = ("text.js", "model.js", "treemap.js", "table.js", "details.js", "report.js")
_FOLDER = Path(__file__).parent
# Rows of the table that is there without scripts, as where a CI's artifact viewer forbids them.
_PLAIN_ROWS = 40
_MOST_CAUSES = 200


def render_page(
    attribution: Attribution, baseline: Attribution | None = None, causes: Sequence[tuple[str, str]] = ()
) -> bytes:
    """The report as an HTML page in UTF-8, at most 1.5 MB, which loads nothing and may load nothing.

    It shows a treemap and a table of kinds, owners, sources and symbols, and with a ``baseline`` what changed since,
    with the ``causes`` of that: each the change and why, for people.
    The same attributions give the same bytes. Names of strangers' files become text and nothing else.
    """
    script, styles = page_script(), page_styles()
    rows, left_out = _plain_rows(attribution)
    in_file, loaded = measures(attribution.kind)
    text = render_markup(
        TEMPLATE,
        title=f"Size of {shown(attribution.file)}",
        what=" · ".join(shown(text) for text in (attribution.kind, attribution.machine) if text),
        summary=f"{size_text(attribution.file_size)} {in_file}, {size_text(attribution.loaded_size)} {loaded}",
        measures=(in_file, loaded),
        causes=[(shown(growth), shown(text)) for growth, text in causes[:_MOST_CAUSES]],
        causes_left_out=max(len(causes) - _MOST_CAUSES, 0),
        has_baseline=baseline is not None,
        script=script,
        styles=styles,
        script_hash=_hash(script),
        styles_hash=_hash(styles),
        data=pack(attribution, baseline, MAX_PACKED),
        rows=rows,
        left_out=left_out,
    )
    return text.encode()


def page_script() -> str:
    """All of the page's JavaScript: d3-hierarchy's layout, then opsieve's own, which is one function's body."""
    vendored = (_FOLDER / "vendor" / "d3-hierarchy.min.js").read_text(encoding="utf-8")
    licence = (_FOLDER / "vendor" / "d3-hierarchy.LICENSE").read_text(encoding="utf-8")
    own = "\n".join((_FOLDER / "web" / name).read_text(encoding="utf-8") for name in SCRIPTS)
    script = f'/*\n{licence}*/\n{vendored}\n(() => {{\n"use strict";\n{own}}})();\n'
    return _inlined(script, "script")


def page_styles() -> str:
    """The page's styles, and the colours of the kinds as properties."""
    colours = "".join(f"--kind-{kind.kind}: light-dark({kind.light}, {kind.dark});" for kind in KINDS)
    return _inlined(f":root {{{colours}}}\n{(_FOLDER / 'web' / 'page.css').read_text(encoding='utf-8')}", "style")


def _inlined(source: str, element: str) -> str:
    if f"</{element}" in source.lower() or "<!--" in source:
        raise OpsieveError(f"opsieve's own page sources would end the <{element}> that they stand in")
    return source


def _hash(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _plain_rows(attribution: Attribution) -> tuple[list[tuple[str, str, str, str]], int]:
    """The largest owners, as name, kind, size and loaded size, and how many more there are."""
    sizes: dict[Owner, list[int]] = {}
    for part in attribution.parts:
        size = sizes.setdefault(attribution.owners[part.owner], [0, 0])
        size[0] += part.file_size
        size[1] += part.loaded_size
    ordered = sorted(sizes.items(), key=lambda pair: (-pair[1][0], -pair[1][1], pair[0].kind, pair[0].name))
    rows = [
        (shown(owner.name), shown(look(owner.kind).title), size_text(file_size), size_text(loaded_size))
        for owner, (file_size, loaded_size) in ordered[:_PLAIN_ROWS]
    ]
    return rows, max(len(ordered) - _PLAIN_ROWS, 0)
