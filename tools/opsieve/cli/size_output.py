"""Formats in which `size diff` and `size check` answer, and where the answer goes."""

from __future__ import annotations

from pathlib import Path

import click

from opsieve.cli.options import PATH
from opsieve.errors import OpsieveError

FORMATS = ("text", "json", "markdown", "junit", "github", "gitlab")
FORMATS_HELP = (
    "markdown is for a pull request's comment, junit for test reports, github for annotations of a workflow, "
    "gitlab for its code quality report."
)

answer_format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help=FORMATS_HELP,
)
output_option = click.option(
    "-o", "--output", metavar="FILE", type=PATH, help="File to write.  [default: standard output]"
)


def write_answer(text: str | bytes, output: str | None) -> None:
    """Print it, or make the file hold it."""
    content = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if output is None:
        click.echo(content, nl=False)
        return
    from opsieve.files import write_if_changed

    if Path(output).is_dir():
        raise OpsieveError(f"{output}: a folder", hint="give the name of a file")
    write_if_changed(Path(output), content)
