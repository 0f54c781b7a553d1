"""What `size diff`, `check`, `baseline` and `history` are given: built files, baselines, JSON reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from opsieve.cli.messages import note, warn
from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from opsieve.cli.size_evidence import EvidenceRequest
    from opsieve.selection.lock.lock import Lock
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
        return baseline, given_lock(evidence) or baseline.lock
    attribution = evidence.attribution(Path(path))
    note(f"{attribution.file}: attributed by {', '.join(attribution.evidence) or 'sections alone'}")
    return attribution, given_lock(evidence) or _lock_beside(Path(path), attribution)


def read_as_baseline(path: str, evidence: EvidenceRequest) -> Baseline:
    """The same, without its parts."""
    from opsieve.size.attribution import Attribution
    from opsieve.size.compare import baseline_of

    side, lock = read_side(path, evidence)
    return baseline_of(side, lock) if isinstance(side, Attribution) else side


def given_lock(evidence: EvidenceRequest) -> Lock | None:
    """Of the selection that a user gave."""
    return _lock(evidence.selection) if evidence.selection is not None else None


def _lock(path: str) -> Lock:
    from opsieve.selection.document import read_selection
    from opsieve.selection.lock.make import lock_of

    return lock_of(read_selection(path)[0], "")


def _lock_beside(file: Path, attribution: Attribution) -> Lock | None:
    """Of the selection that the attribution found by itself, as it says."""
    name = next((text.partition(": ")[2] for text in attribution.evidence if text.startswith("selection")), "")
    for folder in (file.parent, file.absolute().parent.parent):
        if name and (folder / name).is_file():
            try:
                return _lock(str(folder / name))
            except OpsieveError as error:
                warn(f"not used: {error.message}")
    return None


def _beginning(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(_START)
    except OSError as error:
        raise OpsieveError(f"{path}: cannot be read: {error.strerror or error}") from error
