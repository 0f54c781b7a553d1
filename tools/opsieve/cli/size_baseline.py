"""``opsieve size baseline``: the sizes of a built file, to be committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from opsieve.cli.options import PATH
from opsieve.cli.size_options import evidence_options
from opsieve.cli.size_output import output_option, write_answer

if TYPE_CHECKING:
    from opsieve.cli.size_evidence import EvidenceRequest


@click.command("baseline")
@click.argument("file", type=PATH)
@evidence_options
@output_option
def size_baseline(file: str, evidence: EvidenceRequest, output: str | None) -> None:
    """Write the sizes of FILE, a library, program or package, as a small JSON file.

    It is there to be committed, and later builds to be compared with it.

    It has the owners, sections and sources with their sizes, what the build says of itself, and what was selected and
    why; nothing that is different from one machine or day to another.

    \b
    Example:
      opsieve size baseline out/stripped/libtensorflow_selective.so -o sizes/linux-x86_64.json
    """
    from opsieve.cli.size_sides import read_as_baseline
    from opsieve.size.compare.document import to_json

    write_answer(to_json(read_as_baseline(file, evidence)), output)
