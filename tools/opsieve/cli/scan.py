"""``opsieve scan``: what models need."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from opsieve.cli.inputs import ModelRequest
from opsieve.cli.messages import plural
from opsieve.cli.options import format_option, model_options

if TYPE_CHECKING:
    from opsieve.models.summary import Summary

_MOST_TYPES = 4


@click.command()
@model_options
@format_option
def scan(models: ModelRequest, output_format: str) -> None:
    """Show the ops, types, functions and signatures that each MODEL needs.

    A MODEL is a GraphDef (.pb, .pbtxt), a SavedModel folder, a MetaGraphDef (.meta), a TensorFlow.js graph model
    (model.json), or a list of ops (TensorFlow's JSON or opsieve's YAML). It is recognised by its content. Everything in
    it is shown, unless options ask for a part.

    \b
    Example:
      opsieve scan saved_model/ frozen.pb
      opsieve scan saved_model/ --signature serving_default --format json
    """
    from opsieve.models import summarize
    from opsieve.models.reach import Reach

    whole = models.reach in (Reach(), Reach(all_functions=True))
    summaries = [summarize(model) for model in models.read_all(whole=whole)]
    if output_format == "json":
        document = {"schema": 1, "models": [_document(summary) for summary in summaries]}
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        click.echo("\n\n".join(_text(summary) for summary in summaries))


def _document(summary: Summary) -> dict[str, object]:
    document = asdict(summary)
    for use, op in zip(document["ops"], summary.ops, strict=True):
        use["types"] = [{"attrs": dict(types), "count": count} for types, count in op.types]
    return document


def _text(summary: Summary) -> str:
    lines = [f"{summary.path}: {summary.format}, {plural(summary.nodes, 'node')}"]
    if summary.function_nodes:
        lines[0] += f", {plural(summary.function_nodes, 'node')} in {plural(len(summary.functions), 'function')}"
    written = [f"TensorFlow {summary.tensorflow_version}"] if summary.tensorflow_version else []
    if summary.producer:
        written.append(f"GraphDef version {summary.producer}")
    if written:
        lines.append(f"  written by {', '.join(written)}")
    for signature in summary.signatures:
        lines.append(f"  signature {signature.name}: {_names(signature.inputs)} → {_names(signature.outputs)}")
    width = max((len(use.op) for use in summary.ops), default=0)
    lines.append(f"  {plural(len(summary.ops), 'op')}:")
    for use in summary.ops:
        kinds = [" ".join(f"{attr}={_type(value)}" for attr, value in types) for types, _ in use.types[:_MOST_TYPES]]
        shown = "; ".join(kind for kind in kinds if kind)
        if len(use.types) > _MOST_TYPES:
            shown += f"; and {len(use.types) - _MOST_TYPES} more"
        called = " (function)" if use.is_function else ""
        lines.append(f"    {use.count:>6} {use.op:<{width}}{called}  {shown}".rstrip())
    return "\n".join(lines)


def _names(arguments: dict[str, str]) -> str:
    return ", ".join(sorted(arguments)) or "nothing"


def _type(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{','.join(_type(each) for each in value)}]"
    return str(value).removeprefix("DT_").lower()
