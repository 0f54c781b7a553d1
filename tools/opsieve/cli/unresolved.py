"""Needs that a tree cannot meet: explained, and an exit status of 1 unless they are allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from opsieve.cli.messages import note, unmet, warn
from opsieve.cli.reasons import places

if TYPE_CHECKING:
    from opsieve.selection.selection import Reason, Selection


def report_unresolved(selection: Selection) -> None:
    """Say what is unresolved; ends the command, before it has written anything, where that is not allowed."""
    # Needs that differ only in types that do not matter have one explanation.
    explained: dict[tuple[bool, str], list[Reason]] = {}
    for unresolved in selection.unresolved:
        explained.setdefault((unresolved.allowed, unresolved.why), []).extend(unresolved.reasons)
    for (allowed, why), reasons in explained.items():
        if allowed:
            rule = reasons[0].rule.partition(";")[0]
            warn(f"{why} (does not fail: {rule + ', such as' if rule else 'allowed, needed by'} {places(reasons)})")
        else:
            unmet(f"{why} (needed by {places(reasons)})")
    failures = [unresolved for unresolved in selection.unresolved if not unresolved.allowed]
    if not failures:
        return
    ops = sorted({unresolved.op for unresolved in failures})
    allow = " ".join(f"--allow-unresolved {op}" for op in ops[:3]) + (" …" if len(ops) > 3 else "")
    many = f"{len(ops)} ops have" if len(ops) > 1 else "1 op has"
    note(f"nothing was written: {many} unmet needs; to go on without them: {allow}")
    raise click.exceptions.Exit(1)
