"""``opsieve size measure``: sizes of kernels for `opsieve size predict`, from libraries that were built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.messages import note
from opsieve.cli.options import PATH
from opsieve.cli.size_output import write_answer
from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from opsieve.size.prediction.calibrate import Built
    from opsieve.size.prediction.table import SizeTable


@click.command("measure")
@click.argument("wide", type=PATH)
@click.argument("folders", metavar="OUT...", type=PATH, nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="FILE", type=PATH, required=True, help="The table to write, ending in .json.gz."
)
def size_measure(wide: str, folders: tuple[str, ...], output: str) -> None:
    """Measure the sizes of kernels, for `opsieve size predict --sizes`.

    WIDE is the output folder of an `opsieve build` whose library has many kernels, as with --register all. OUT are
    those of libraries as they are really built, best three or more for each target: they tell what is there whatever is
    selected, and how far off predictions are.

    \b
    Example:
      opsieve size measure out/everything out/a out/b out/c out/pi-a out/pi-b out/pi-c -o sizes.json.gz
    """
    import dataclasses

    from opsieve.cli.size_costs import costs_of
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.size.cost.linked import LinkedCost
    from opsieve.size.prediction.calibrate import calibrate
    from opsieve.size.prediction.measure import make_table
    from opsieve.size.prediction.table import write_table

    program, _ = _stripped(Path(wide))
    costs = costs_of(program, EvidenceRequest())
    if not isinstance(costs.of, LinkedCost):
        raise OpsieveError(f"{program}: {costs.basis}", hint="measure an ELF library that `opsieve build` made")
    note(f"{costs.file}: {costs.basis}")
    basis = f"TensorFlow {costs.selection.version}, {_facts(Path(wide)).get('compiler', 'an unknown compiler')}"
    table = make_table(costs.of.shared(), costs.selection, basis)
    built: dict[str, list[Built]] = {}
    for folder in folders:
        target = _facts(Path(folder)).get("target", "")
        if not target:
            raise OpsieveError(f"{folder}: not the output folder of an `opsieve build`")
        built.setdefault(target, []).append(_built(Path(folder), table))
    targets = tuple(calibrate(target, libraries) for target, libraries in built.items())
    table = dataclasses.replace(table, targets=targets)
    write_answer(write_table(table), output)
    for each, libraries in zip(targets, built.values(), strict=True):
        note(
            f"{each.name}: run_model has {each.program[0]:,} bytes and {each.program[1]:.3f} for each of the"
            f" table; from {len(libraries)} built, at most {each.error:.1%} off"
        )


def _stripped(folder: Path) -> tuple[Path, Path]:
    """The program and the shared library that users ship."""
    libraries = sorted((folder / "stripped").glob("lib*.so"))
    program = folder / "stripped" / "run_model"
    if not libraries or not program.is_file():
        raise OpsieveError(f"{folder}: no stripped/run_model and library in it", hint="let `opsieve build` finish")
    return program, libraries[0]


def _facts(folder: Path) -> dict[str, str]:
    from opsieve.size.build_facts import read_build_facts

    return dict(read_build_facts(folder, None))


def _built(folder: Path, table: SizeTable) -> Built:
    from opsieve.selection.document import read_selection
    from opsieve.size.prediction.calibrate import Built
    from opsieve.size.prediction.predict import table_bytes

    program, library = _stripped(folder)
    selection, _ = read_selection(str(folder / "selection.json"))
    return Built(table_bytes(selection, table), program.stat().st_size, library.stat().st_size)
