"""``opsieve generate``: from models and a source tree to the files of a selective build."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.command_line import command_line
from opsieve.cli.inputs import IndexRequest, ModelRequest
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

if TYPE_CHECKING:
    from opsieve.codegen.generate import GeneratedFile
    from opsieve.selection.selection import Selection


@click.command()
@model_options
@tensorflow_option
@tree_options
@selection_options
@click.option("--templates", metavar="DIR", type=PATH, help="Folder of templates that replace opsieve's own by name.")
@format_option
@click.option("-o", "--output", metavar="DIR", type=PATH, required=True, help="Folder for the generated files.")
def generate(
    models: ModelRequest,
    index: IndexRequest,
    runtime: tuple[str, ...],
    allow_unresolved: tuple[str, ...],
    templates: str | None,
    output_format: str,
    output: str,
) -> None:
    """Write ops_to_register.h, tf_op_files.txt, selection.json, selected.bzl and selected.mk for all MODELs together.

    Every node is matched to the kernel that TensorFlow would pick for it on a CPU. When the tree has none, the nearest
    kernels are named, nothing is written, and the exit status is 1, unless the op is allowed with --allow-unresolved.

    \b
    Example:
      opsieve generate model.pb --tensorflow ~/tensorflow -o out
      opsieve generate a.pb saved_model/ --tensorflow index.json -o out
      opsieve generate app.pb --tensorflow ~/tensorflow --preset android-full --sources my_ops -o out
      opsieve generate saved_model/ --signature serving_default --without-saver -o out
    """
    from opsieve.codegen.generate import generate as write

    selection = select_models(models, index, runtime, allow_unresolved, meanwhile=lambda: import_module("jinja2"))
    report_unresolved(selection)
    context = click.get_current_context()
    written = write(
        selection,
        Path(output),
        command=command_line("generate", context.command.params, context.params, without=("output_format", "no_cache")),
        templates=Path(templates) if templates else None,
    )
    if output_format == "json":
        click.echo(json.dumps(_document(selection, written), indent=1))
    else:
        click.echo(_text(selection, written))


def _document(selection: Selection, written: list[GeneratedFile]) -> dict[str, object]:
    return {
        "schema": 1,
        "ops": len(selection.ops),
        "kernels": len(selection.kernels),
        "sources": len(selection.sources),
        "unresolved": len(selection.unresolved),
        "files": [{"path": str(file.path), "changed": file.changed} for file in written],
    }


def _text(selection: Selection, written: list[GeneratedFile]) -> str:
    models = "1 model needs" if len(selection.models) == 1 else f"{len(selection.models)} models need"
    lines = [
        f"{models} {len(selection.ops)} ops and {len(selection.kernels)} kernels"
        f" from {len(selection.sources)} source files of TensorFlow {selection.version}"
    ]
    lines += [f"  {'wrote' if file.changed else 'unchanged'} {file.path}" for file in written]
    return "\n".join(lines)
