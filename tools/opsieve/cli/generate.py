"""``opsieve generate``: from models and a source tree to the files of a selective build."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.inputs import IndexRequest, ModelRequest
from opsieve.cli.messages import note, unmet, warn
from opsieve.cli.options import (
    PATH,
    format_option,
    model_options,
    selection_options,
    tensorflow_option,
    tree_options,
)
from opsieve.cli.selecting import select_models
from opsieve.files import shown_paths

if TYPE_CHECKING:
    from opsieve.codegen.generate import GeneratedFile
    from opsieve.selection.selection import Reason, Selection


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

    selection = select_models(models, index, runtime, allow_unresolved)
    _report_unresolved(selection)
    written = write(
        selection,
        Path(output),
        command=_command(click.get_current_context().params),
        templates=Path(templates) if templates else None,
    )
    if output_format == "json":
        click.echo(json.dumps(_document(selection, written), indent=1))
    else:
        click.echo(_text(selection, written))


def _report_unresolved(selection: Selection) -> None:
    # Needs that differ only in types that do not matter have one explanation.
    explained: dict[tuple[bool, str], list[Reason]] = {}
    for unresolved in selection.unresolved:
        explained.setdefault((unresolved.allowed, unresolved.why), []).extend(unresolved.reasons)
    for (allowed, why), reasons in explained.items():
        if allowed:
            rule = reasons[0].rule.partition(";")[0]
            warn(f"{why} (does not fail: {rule + ', such as' if rule else 'allowed, needed by'} {_places(reasons)})")
        else:
            unmet(f"{why} (needed by {_places(reasons)})")
    failures = [unresolved for unresolved in selection.unresolved if not unresolved.allowed]
    if not failures:
        return
    ops = sorted({unresolved.op for unresolved in failures})
    allow = " ".join(f"--allow-unresolved {op}" for op in ops[:3]) + (" …" if len(ops) > 3 else "")
    many = f"{len(ops)} ops have" if len(ops) > 1 else "1 op has"
    note(f"nothing was written: {many} unmet needs; to go on without them: {allow}")
    raise click.exceptions.Exit(1)


def _places(reasons: list[Reason]) -> str:
    more = len(reasons) - 1
    return _place(min(reasons)) + (f" and in {more} more place{'s' if more > 1 else ''}" if more else "")


def _place(reason: Reason) -> str:
    function = f", function {reason.function}" if reason.function else ""
    node = f", node {reason.node}" if reason.node else ""
    return f"{reason.model}{function}{node}"


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


def _command(options: Mapping[str, object]) -> str:
    """The command line that makes the files again, the same however it was typed.

    Absolute paths, which mean nothing on another machine, are shortened; what only concerns this run is left out.
    """
    words = ["opsieve", "generate"]
    for parameter in click.get_current_context().command.params:
        value = options[parameter.name or ""]
        if parameter.name in ("output_format", "no_cache") or not value:
            continue
        for one in value if isinstance(value, tuple) else (value,):
            shown = shown_paths([Path(one)])[0] if str(one).startswith("/") else str(one)
            words += [shown] if isinstance(parameter, click.Argument) else [parameter.opts[0], shown]
    return shlex.join(words)
