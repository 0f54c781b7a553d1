"""What `size diff`, `check`, `baseline` and `history` are given: built files, baselines, JSON reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from opsieve.cli.messages import note
from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.selection.lock.lock import Lock
    from opsieve.selection.selection import Selection
    from opsieve.size.attribution import Attribution
    from opsieve.size.compare import Baseline

_START = 64


def read_side(path: str, evidence: EvidenceRequest) -> tuple[Attribution | Baseline, Lock | None]:
    """The sizes of a built file, of a baseline or of a report, and what was selected for it, if that is known.

    Raises:
        OpsieveError: it is none of these, or what was given cannot be read.
    """
    from opsieve.size.compare.document import is_document, read_baseline

    if is_document(_beginning(path)):
        baseline = read_baseline(path)
        return baseline, _given_lock(evidence) or baseline.lock
    attribution, selection = evidence.attribution(Path(path))
    note(f"{attribution.file}: attributed by {', '.join(attribution.evidence) or 'sections alone'}")
    return attribution, _lock(selection) if selection is not None else None


def read_as_baseline(path: str, evidence: EvidenceRequest) -> Baseline:
    """The same, without its parts."""
    from opsieve.size.attribution import Attribution
    from opsieve.size.compare import baseline_of

    side, lock = read_side(path, evidence)
    return baseline_of(side, lock) if isinstance(side, Attribution) else side


def _given_lock(evidence: EvidenceRequest) -> Lock | None:
    """Of the selection that a user gave."""
    from opsieve.selection.document import read_selection

    return _lock(read_selection(evidence.selection)[0]) if evidence.selection is not None else None


def _lock(selection: Selection) -> Lock:
    from opsieve.selection.lock.make import lock_of

    return lock_of(selection, "")


def _beginning(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(_START)
    except OSError as error:
        raise OpsieveError(f"{path}: cannot be read: {error.strerror or error}") from error
