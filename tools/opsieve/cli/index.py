"""``opsieve index``: what a source tree offers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.inputs import IndexRequest
from opsieve.cli.messages import note, warn
from opsieve.cli.options import PATH, format_option, tree_options

if TYPE_CHECKING:
    from opsieve.tree.index import Index, Skipped


@click.command()
@click.argument("tensorflow", metavar="TREE", type=PATH)
@tree_options
@click.option(
    "--add-to",
    metavar="INDEX",
    type=PATH,
    help="Add the custom ops of --sources to this index of the TREE, of which only headers are read then.",
)
@format_option
@click.option(
    "-o", "--output", metavar="FILE", type=PATH, help="Write the index, as JSON (compressed if it ends in .gz)."
)
def index(index: IndexRequest, add_to: str | None, output_format: str, output: str | None) -> None:
    """List the kernels and op definitions that the TensorFlow source TREE registers under a preset's defines.

    The sources are read without a compiler and without installing TensorFlow. The result is cached and updated where
    files change. A registration that cannot be read is reported and listed under "skipped".

    \b
    Example:
      opsieve index ~/tensorflow
      opsieve index ~/tensorflow --preset android-full --sources my_ops -o index.json
    """
    from opsieve.tree.document import dump_index, write_index_file
    from opsieve.tree.sources import check_tree

    check_tree(Path(index.tensorflow or ""))
    found = index.load()[0] if add_to is None else index.added_to(add_to)
    by_place: dict[tuple[str, int], list[Skipped]] = {}
    for one in found.skipped:
        by_place.setdefault((one.file, one.line), []).append(one)
    for (file, line), (first, *others) in by_place.items():
        more = f" (and {len(others)} more here)" if others else ""
        warn(f"{file}:{line}: {first.text} is skipped: {first.why}{more}")
    if output is not None:
        write_index_file(found, Path(output))
        note(f"wrote {output}")
    if output_format == "json":
        if output is None:
            sys.stdout.buffer.write(dump_index(found))
    else:
        click.echo(_text(found))


def _text(found: Index) -> str:
    totals = found.totals
    by_count = sorted(totals.kernels.items(), key=lambda row: (-row[1], row[0]))
    counted = ", ".join(f"{count:,} {device or 'no device'}" for device, count in by_count)
    defines = " ".join(f"-D{name}={value}" for name, value in found.defines.items()) or "none"
    return "\n".join(
        (
            f"TensorFlow {found.version}, preset {found.preset} (defines: {defines})",
            f"  {sum(totals.kernels.values()):,} kernels in {totals.kernel_files:,} files ({counted})",
            f"  {len(found.ops):,} op definitions in {totals.op_files:,} files",
            f"  {len(found.skipped):,} registrations skipped",
        )
    )
