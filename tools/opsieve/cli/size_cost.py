"""``opsieve size cost``: what each op, dtype and model costs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.messages import note, one_line, plural
from opsieve.cli.options import PATH, format_option
from opsieve.cli.size_options import evidence_options
from opsieve.cli.size_output import output_option, write_answer

if TYPE_CHECKING:
    from opsieve.cli.size_costs import Costs
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.size.cost.table import CostRow

_MOST = 15


@click.command("cost")
@click.argument("file", type=PATH)
@evidence_options
@click.option(
    "--all", "everything", is_flag=True, help="In text, list every op, dtype and model, not only the largest."
)
@format_option
@output_option
def size_cost(file: str, evidence: EvidenceRequest, everything: bool, output_format: str, output: str | None) -> None:
    """Tell how much smaller FILE, a library or program, would be without each model, op and dtype alone.

    What an op shares with others is in none of their rows: it goes with the last of them. Beside a library that
    `opsieve build` made, the objects are followed as the linker did when it dropped what nobody needs; else it is
    estimated from who owns the bytes, which is said.

    For several together, and for all that hangs on the nodes of an op: `opsieve what-if --library FILE`.

    \b
    Example:
      opsieve size cost out/stripped/libtensorflow_selective.so
      opsieve size cost out/stripped/run_model --format json -o costs.json
    """
    from opsieve.cli.size_costs import costs_of
    from opsieve.size.cost.table import cost_table

    costs = costs_of(Path(file), evidence)
    note(f"{costs.file}: {costs.basis}")
    if costs.missed:
        note(f"{plural(costs.missed, 'registration')} could not be found in the objects: their costs are too low")
    rows = list(cost_table(costs.of, costs.selection))
    if output_format == "json":
        write_answer(json.dumps(_document(costs, rows), indent=1) + "\n", output)
    else:
        most = None if everything else _MOST
        write_answer("".join(f"{one_line(line)}\n" for line in _lines(costs, rows, most)), output)


def _lines(costs: Costs, rows: Sequence[CostRow], most: int | None) -> Iterator[str]:
    yield f"{costs.file}: {costs.file_size:,} bytes; without each alone:"
    for dimension in ("model", "op", "dtype"):
        found = [row for row in rows if row.dimension == dimension]
        if found:
            yield ""
            yield f"{dimension}:"
        for row in found[:most]:
            share = f"{row.file_size / costs.file_size:.1%}"
            yield f"{_less(row.file_size):>13} {share:>6}  {row.name}  [{_goes(row)}]"
        if most is not None and len(found) > most:
            yield f"{'':>20}  {len(found) - most:,} more, none above {_less(found[most].file_size)}"


def _less(size: int) -> str:
    return f"−{size:,}" if size else "0"


def _goes(row: CostRow) -> str:
    parts = [(row.kernels, "kernel"), (row.ops, "op definition"), (row.sources, "source file")]
    return ", ".join(plural(count, name) for count, name in parts if count) or "nothing goes"


def _document(costs: Costs, rows: Sequence[CostRow]) -> dict[str, object]:
    return {
        "schema": 1,
        "file": costs.file,
        "file_size": costs.file_size,
        "basis": "objects" if costs.exact else "owners",
        "missed_registrations": costs.missed,
        "unexplained_size": costs.unexplained,
        **{
            f"{dimension}s": [
                {
                    "name": row.name,
                    "file_size": row.file_size,
                    "loaded_size": row.loaded_size,
                    "kernels": row.kernels,
                    "ops": row.ops,
                    "sources": row.sources,
                }
                for row in rows
                if row.dimension == dimension
            ]
            for dimension in ("model", "op", "dtype")
        },
    }
