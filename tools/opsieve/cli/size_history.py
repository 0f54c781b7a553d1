"""``opsieve size history``: sizes over many baselines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.messages import one_line
from opsieve.cli.options import PATH
from opsieve.cli.size_output import output_option, write_answer

if TYPE_CHECKING:
    from opsieve.size.history import Point


@click.command("history")
@click.argument("baselines", nargs=-1, required=True, type=PATH)
@click.option("--title", metavar="TEXT", help="Of the picture.  [default: the name of the newest file]")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "svg"]),
    default="text",
    show_default=True,
    help="svg is a picture of the sizes over time.",
)
@output_option
def size_history(baselines: tuple[str, ...], title: str | None, output_format: str, output: str | None) -> None:
    """Show how sizes changed over BASELINES, from the oldest to the newest, each with the change from the one before.

    \b
    Example:
      opsieve size history sizes/v1.json sizes/v2.json sizes/v3.json
      opsieve size history sizes/v*.json --format svg -o sizes.svg
    """
    from opsieve.files import shown_paths
    from opsieve.size.compare.document import read_baseline
    from opsieve.size.history import history_of, to_json, to_svg

    read = [read_baseline(path) for path in baselines]
    labels = [name.removesuffix(".json") for name in shown_paths(list(map(Path, baselines)))]
    points = history_of(zip(labels, read, strict=True))
    if output_format == "json":
        write_answer(to_json(points), output)
    elif output_format == "svg":
        write_answer(to_svg(points, title or f"Size of {read[-1].file}"), output)
    else:
        write_answer("".join(f"{one_line(line)}\n" for line in _lines(points)), output)


def _lines(points: Sequence[Point]) -> Iterator[str]:
    yield f"{'in the file':>14} {'change':>12} {'no symbols':>14} {'loaded':>14} {'kernels':>14}"
    before = None
    for point in points:
        growth = point.file_size - before if before is not None else 0
        kernels = dict(point.kinds).get("kernel", 0)
        yield (
            f"{point.file_size:>14,} {f'{growth:+,}' if growth else '':>12} {point.stripped_size:>14,} "
            f"{point.loaded_size:>14,} {kernels:>14,}  {point.label}"
        )
        before = point.file_size
