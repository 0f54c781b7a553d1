"""``opsieve size check``: is a built file within its size budgets?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsieve.cli.messages import note, one_line, plural
from opsieve.cli.options import PATH
from opsieve.cli.size_options import evidence_options
from opsieve.cli.size_output import answer_format_option, output_option, write_answer

if TYPE_CHECKING:
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.size.budgets import Verdict
    from opsieve.size.compare import Baseline, Comparison

_MOST_CAUSES = 10


@click.command("check")
@click.argument("file", type=PATH)
@click.option("--budget", metavar="FILE", type=PATH, required=True, help="The limits, in YAML.")
@click.option(
    "--baseline",
    metavar="FILE",
    type=PATH,
    help="What FILE may have grown from: a baseline of `opsieve size baseline`, a JSON report, or a built file.",
)
@evidence_options
@answer_format_option
@output_option
def size_check(
    file: str,
    budget: str,
    baseline: str | None,
    evidence: EvidenceRequest,
    output_format: str,
    output: str | None,
) -> None:
    """Tell whether FILE, a library, program or package, or a JSON report of it, is within its size budgets.

    When it is not, the exit status is 1, and each limit that it exceeds is named, with by how much and the owners that
    grew most. A file of budgets that limits nothing in FILE is an error: the exit status is 2.

    \b
    Example:
      opsieve size check out/libtensorflow_selective.so --budget budgets.yaml --baseline sizes/linux-x86_64.json
      opsieve size check app.apk --budget budgets.yaml --baseline sizes/app.json
    """
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.cli.size_sides import read_side
    from opsieve.files import shown_paths
    from opsieve.size.attribution import PACKAGED, Attribution
    from opsieve.size.budgets import check, read_budgets
    from opsieve.size.compare import baseline_of, compare

    limits = read_budgets(budget)
    after, new_lock = read_side(file, evidence)
    comparison = None
    if baseline is not None:
        before, old_lock = read_side(baseline, EvidenceRequest(member=evidence.member).for_side(baseline, file))
        comparison = compare(before, after, old_lock=old_lock, new_lock=new_lock)
        new = comparison.new
    else:
        new = baseline_of(after, new_lock) if isinstance(after, Attribution) else after
    verdicts = check(new, limits, comparison.old if comparison is not None else None, where=budget)
    others = sum(not limit.is_of(new.kind) for limit in limits)
    if others:
        of, kind = ("libraries", "a package") if new.kind == PACKAGED else ("packages", "none")
        note(f"{new.file}: {plural(others, 'limit')} of {of} not checked, as it is {kind}")
    shown = shown_paths([Path(budget)])[0]
    write_answer(_rendered(output_format, new, verdicts, comparison, shown), output)
    exceeded = sum(not verdict.kept for verdict in verdicts)
    if exceeded:
        note(f"{new.file}: {exceeded} of {plural(len(verdicts), 'size budget')} exceeded")
        raise click.exceptions.Exit(1)


def _rendered(
    output_format: str, new: Baseline, verdicts: Sequence[Verdict], comparison: Comparison | None, budget: str
) -> str:
    from opsieve.size.outputs.annotations import to_github, to_gitlab
    from opsieve.size.outputs.junit import to_junit
    from opsieve.size.outputs.of_verdicts import findings, to_json, to_markdown

    if output_format == "text":
        return "".join(f"{one_line(line)}\n" for line in _lines(verdicts, comparison, budget))
    if output_format == "json":
        return to_json(new, verdicts, comparison, budget)
    if output_format == "markdown":
        return to_markdown(new, verdicts, comparison)
    found = findings(verdicts, comparison, budget)
    if output_format == "junit":
        return to_junit(f"opsieve size check {new.file}", found)
    failed = [finding for finding in found if finding.failed]
    return to_github(failed) if output_format == "github" else to_gitlab(failed)


def _lines(verdicts: Sequence[Verdict], comparison: Comparison | None, budget: str) -> Iterator[str]:
    """Nothing when all is well."""
    from opsieve.size.outputs.of_comparison import cause_text
    from opsieve.size.outputs.of_verdicts import verdict_text, who_text

    exceeded = [verdict for verdict in verdicts if not verdict.kept]
    for verdict in exceeded:
        yield f"{budget}:{verdict.limit.line}: {verdict_text(verdict)}"
        who = who_text(verdict)
        if who:
            yield f"  {who}"
    if exceeded and comparison is not None:
        for cause in comparison.causes[:_MOST_CAUSES]:
            yield f"why: {cause_text(cause)}"
