"""``opsieve size report``: who owns each byte of a library or program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.messages import note
from opsieve.cli.options import PATH
from opsieve.cli.size_options import evidence_options
from opsieve.cli.size_output import output_option, write_answer

if TYPE_CHECKING:
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.size.attribution import Attribution


@click.command("report")
@click.argument("file", type=PATH)
@evidence_options
@click.option("--all", "everything", is_flag=True, help="In text, list every owner, not only the largest of a kind.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help="text and json list owners, csv every symbol; html is a page to look at all of it.",
)
@output_option
def size_report(file: str, evidence: EvidenceRequest, everything: bool, output_format: str, output: str | None) -> None:
    """Show who owns each byte of FILE: a library, program, object or static archive, ELF or Mach-O, or a package.

    Owners are kernels of ops, op definitions, TensorFlow's runtime, protos, third-party packages, and what the format
    needs. Bytes that nobody is known to own are listed as unattributed; all together are the file's size.

    Of a package (.apk, .aar, .ipa, .zip) each file is an owner, with its compressed and its unpacked size; --member
    tells instead who owns the bytes of a library in it.

    What is known comes from the linker's map, else from symbols, and from the selection. Beside a library that `opsieve
    build` made, and for its stripped copy, they are found by themselves; standard error says which were used.

    \b
    Example:
      opsieve size report out/libtensorflow_selective.so
      opsieve size report out/stripped/run_model --format html -o size.html
      opsieve size report app.apk
      opsieve size report app.so --map app.map --selection selection.json --format json
    """
    attribution, _ = evidence.attribution(Path(file))
    note(f"{attribution.file}: attributed by {', '.join(attribution.evidence) or 'sections alone'}")
    answer = _text(attribution, everything) if output_format == "text" else _RENDERERS[output_format](attribution)
    write_answer(answer, output)


def _text(attribution: Attribution, everything: bool) -> bytes:
    from opsieve.cli.size_text import report_lines

    return "".join(f"{line}\n" for line in report_lines(attribution, everything=everything)).encode("utf-8")


def _json(attribution: Attribution) -> bytes:
    from opsieve.size.document import to_json

    return to_json(attribution)


def _csv(attribution: Attribution) -> bytes:
    from opsieve.size.page import render_csv

    return render_csv(attribution)


def _html(attribution: Attribution) -> bytes:
    from opsieve.size.page import render_page

    return render_page(attribution)


_RENDERERS: dict[str, Callable[[Attribution], bytes]] = {"json": _json, "csv": _csv, "html": _html}
