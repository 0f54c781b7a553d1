"""``opsieve size predict``: what a library would weigh, before it is built."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.inputs import IndexRequest, ModelRequest
from opsieve.cli.messages import note, one_line, plural
from opsieve.cli.options import (
    PATH,
    format_option,
    model_options,
    selection_options,
    tensorflow_option,
    tree_options,
)
from opsieve.cli.selecting import select_models
from opsieve.cli.unresolved import report_unresolved
from opsieve.errors import OpsieveError
from opsieve.resources import resource

if TYPE_CHECKING:
    from opsieve.size.prediction.predict import Prediction
    from opsieve.size.prediction.table import MeasuredTarget, SizeTable

EMBEDDED = "data/sizes-2.14.0.json.gz"
_MOST = 15


@click.command("predict")
@model_options
@tensorflow_option
@tree_options
@selection_options
@click.option("--target", metavar="NAME", help="What it would be built for.  [default: the first target of the table]")
@click.option("--sizes", metavar="FILE", type=PATH, help="Table of `opsieve size measure` instead of opsieve's own.")
@click.option("--all", "everything", is_flag=True, help="In text, list every op, not only the largest.")
@format_option
def size_predict(
    models: ModelRequest,
    index: IndexRequest,
    runtime: tuple[str, ...],
    allow_unresolved: tuple[str, ...],
    target: str | None,
    sizes: str | None,
    everything: bool,
    output_format: str,
) -> None:
    """Tell about how large the library of `opsieve build` would be for all MODELs together, without building it.

    The sizes of kernels were measured in a library that has all of them. How far predictions were off the libraries
    that were built is said with each.

    \b
    Example:
      opsieve size predict model.pb
      opsieve size predict a.pb b.pb --target linux-aarch64
    """
    from opsieve.size.prediction.predict import predict
    from opsieve.size.prediction.table import read_table

    table = read_table(Path(sizes) if sizes is not None else resource(EMBEDDED))
    measured = _target(table, target)
    selection = select_models(models, index, runtime, allow_unresolved)
    report_unresolved(selection)
    found = predict(selection, table, measured)
    if selection.version != table.version:
        note(f"the sizes were measured with TensorFlow {table.version}; this is {selection.version}")
    if found.guessed:
        note(
            f"{plural(len(found.guessed), 'kernel')} not measured, taken to be like others of the same op:"
            f" {', '.join(f'{what.op}/{what.class_text}' for what in found.guessed[:3])}"
            + (" ..." if len(found.guessed) > 3 else "")
        )
    if output_format == "json":
        click.echo(json.dumps(_document(found, table), indent=1))
    else:
        click.echo("\n".join(map(one_line, _lines(found, table, None if everything else _MOST))))


def _target(table: SizeTable, name: str | None) -> MeasuredTarget:
    known = {each.name: each for each in table.targets}
    if not known:
        raise OpsieveError("the table of sizes has no target", hint="opsieve size measure --help tells how it gets one")
    if name is None:
        return table.targets[0]
    if name not in known:
        raise OpsieveError(
            f"--target {name}: nothing was measured for it", hint=f"measured were: {', '.join(sorted(known))}"
        )
    return known[name]


def _lines(found: Prediction, table: SizeTable, most: int | None) -> Iterator[str]:
    off = f"±{found.error:.1%}" if found.error < 1 else "nobody knows how far off"
    yield f"{found.target}, without symbols, {off}:"
    yield f"{found.library:>13,}  the shared library"
    yield f"{found.program:>13,}  the program run_model, of which {found.fixed:,} are there whatever is selected"
    yield ""
    yield "without one op alone:"
    for op, size in found.ops[:most]:
        yield f"{f'−{size:,}' if size else '0':>13}  {op}"
    if most is not None and len(found.ops) > most:
        yield f"{'':>13}  {len(found.ops) - most:,} more"
    yield ""
    yield f"measured in {table.basis}"


def _document(found: Prediction, table: SizeTable) -> dict[str, object]:
    return {
        "schema": 1,
        "target": found.target,
        "measured": {"tensorflow": table.version, "basis": table.basis},
        "library": found.library,
        "program": found.program,
        "fixed": found.fixed,
        "error": found.error,
        "ops": [{"op": op, "file_size": size} for op, size in found.ops],
        "guessed": [{"op": what.op, "class": what.class_text} for what in found.guessed],
    }
