"""``opsieve size diff``: what changed from one built file to another, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from opsieve.cli.messages import note, one_line
from opsieve.cli.options import PATH
from opsieve.cli.size_options import evidence_options
from opsieve.cli.size_output import FORMATS, FORMATS_HELP, output_option, write_answer

if TYPE_CHECKING:
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.size.attribution import Attribution
    from opsieve.size.compare import Baseline, Change, Comparison

# Rows of each dimension.
_MOST = 15
_LONGEST_NAME = 90


@click.command("diff")
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option("--old-map", metavar="FILE", type=PATH, help="The linker's map of OLD.")
@click.option("--old-selection", metavar="FILE", type=PATH, help="The selection.json that OLD was built from.")
@click.option("--old-debug-file", metavar="FILE", type=PATH, help="OLD with symbols, if it is stripped.")
@evidence_options
@click.option("--all", "everything", is_flag=True, help="List every change, not only the largest.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice([*FORMATS, "html"]),
    default="text",
    show_default=True,
    help=f"{FORMATS_HELP} html is a page to look at all that changed.",
)
@output_option
def size_diff(
    old: str,
    new: str,
    old_map: str | None,
    old_selection: str | None,
    old_debug_file: str | None,
    evidence: EvidenceRequest,
    everything: bool,
    output_format: str,
    output: str | None,
) -> None:
    """Tell what changed from OLD to NEW, by kind, owner, op, kernel class, dtype, model, section and source, and why.

    Each of them is a library, program or package, a baseline of `opsieve size baseline`, or a JSON report. The reasons
    come from the selections (which model and node asks for a kernel) and from what the builds say of themselves;
    without those the likely cause is told by how the sizes changed, and called probable. --map and the like are about
    NEW.

    \b
    Example:
      opsieve size diff before/libtensorflow_selective.so out/libtensorflow_selective.so
      opsieve size diff baseline.json out/libtensorflow_selective.so --format markdown -o comment.md
      opsieve size diff before/libapp.so out/libapp.so --format html -o diff.html
    """
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.cli.size_sides import read_side
    from opsieve.size.compare import compare

    given = EvidenceRequest(old_map, old_selection, old_debug_file, member=evidence.member)
    before, old_lock = read_side(old, given.for_side(old, new))
    after, new_lock = read_side(new, evidence.for_side(new, old))
    comparison = compare(before, after, old_lock=old_lock, new_lock=new_lock)
    if output_format == "html":
        write_answer(_page(before, after, comparison), output)
    elif output_format == "text":
        lines = "".join(f"{one_line(line)}\n" for line in comparison_lines(comparison, None if everything else _MOST))
        write_answer(lines, output)
    else:
        write_answer(_RENDERERS[output_format](comparison), output)


def comparison_lines(comparison: Comparison, most: int | None) -> Iterator[str]:
    """For a terminal. ``most``: rows of each dimension."""
    from opsieve.size.attribution import measures
    from opsieve.size.compare.comparison import DIMENSIONS
    from opsieve.size.compare.dimensions import dimension_title, whole_sizes

    old, new = comparison.old, comparison.new
    loaded = measures(new.kind)[1]
    yield f"{old.file} → {new.file}"
    for name, was, now in whole_sizes(old, new):
        yield f"{_signed(now - was):>13} {_share(now - was, was):>8}  {name}: {was:,} → {now:,}"
    yield from _why(comparison)
    for dimension in DIMENSIONS:
        rows = comparison.of(dimension)
        if rows:
            yield ""
            yield f"{dimension_title(dimension, new)}:"
        yield from (_row(row, loaded) for row in rows[:most])
        if most is not None and len(rows) > most:
            rest = sum(row.growth for row in rows[most:])
            yield f"{_signed(rest):>13} {'':>8}  {len(rows) - most:,} more"


def _why(comparison: Comparison) -> Iterator[str]:
    if comparison.causes:
        yield ""
        yield "why:"
    for cause in comparison.causes:
        yield f"{_signed(cause.growth) if cause.growth is not None else '':>13} {'':>8}  {cause.text}"


def _row(row: Change, loaded: str) -> str:
    was = row.old.file_size if row.old else 0
    name = row.name if len(row.name) <= _LONGEST_NAME else f"{row.name[: _LONGEST_NAME - 1]}…"
    status = f"moved, {'is' if row.new is None else 'was'} {row.other}" if row.other else row.status
    growth, share = row.growth, _share(row.growth, was)
    if not growth:
        name = f"{name} ({_signed(row.loaded_growth)} {loaded})"
    return f"{_signed(growth):>13} {share:>8}  {name}  [{status}]"


def _signed(size: int) -> str:
    return f"{size:+,}".replace("-", "−") if size else "±0"


def _share(growth: int, old: int) -> str:
    return f"{growth / old:+.1%}".replace("-", "−") if old and growth else ""


def _page(before: Attribution | Baseline, after: Attribution | Baseline, comparison: Comparison) -> bytes:
    from opsieve.size.amounts import change
    from opsieve.size.compare.sides import comparable_sides
    from opsieve.size.page import render_page

    old, new, deep = comparable_sides(before, after)
    if not deep:
        note("the page compares owners: a baseline or report keeps no symbols; give both built files to see them")
    causes = [(change(each.growth) if each.growth is not None else "", each.text) for each in comparison.causes]
    return render_page(new, old, causes)


def _json(comparison: Comparison) -> str:
    from opsieve.size.outputs.of_comparison import to_json

    return to_json(comparison)


def _markdown(comparison: Comparison) -> str:
    from opsieve.size.outputs.of_comparison import to_markdown

    return to_markdown(comparison)


def _junit(comparison: Comparison) -> str:
    from opsieve.size.outputs.junit import to_junit
    from opsieve.size.outputs.of_comparison import findings

    return to_junit(f"opsieve size diff {comparison.new.file}", findings(comparison))


def _github(comparison: Comparison) -> str:
    from opsieve.size.outputs.annotations import to_github
    from opsieve.size.outputs.of_comparison import findings

    return to_github(findings(comparison))


def _gitlab(comparison: Comparison) -> str:
    from opsieve.size.outputs.annotations import to_gitlab
    from opsieve.size.outputs.of_comparison import findings

    return to_gitlab(findings(comparison))


_RENDERERS: dict[str, Callable[[Comparison], str]] = {
    "json": _json,
    "markdown": _markdown,
    "junit": _junit,
    "github": _github,
    "gitlab": _gitlab,
}
