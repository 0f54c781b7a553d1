"""Findings as annotations: GitHub's workflow commands and GitLab's code quality report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from opsieve.size.outputs.finding import Finding
from opsieve.size.page.names import shown

# GitHub shows ten of each level of a step, and cuts long ones.
_MOST = 10


def to_github(findings: Sequence[Finding]) -> str:
    """Workflow commands, a line each, the failed first. Of what is kept only what changed is worth one.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message
    """
    failed = [finding for finding in findings if finding.failed]
    others = [finding for finding in findings if not finding.failed]
    lines = [_command("error", finding) for finding in failed[: _MOST - 1 if len(failed) > _MOST else _MOST]]
    if len(failed) > _MOST:
        names = ", ".join(shown(finding.name) for finding in failed[_MOST - 1 :])
        lines.append(f"::error title=Size budgets::{_data(f'{len(failed) - _MOST + 1} more are exceeded: {names}')}")
    lines += [_command("notice", finding) for finding in others[:_MOST]]
    return "".join(f"{line}\n" for line in lines)


def _command(level: str, finding: Finding) -> str:
    properties = {"file": finding.file, "line": str(finding.line) if finding.line else "", "title": finding.title}
    given = ",".join(f"{name}={_property(shown(value))}" for name, value in properties.items() if value)
    text = "\n".join(map(shown, finding.lines)) or shown(finding.title)
    return f"::{level} {given}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def to_gitlab(findings: Iterable[Finding]) -> str:
    """A code quality report: what failed is major, the rest is for information.

    https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
    """
    rows = [
        {
            "description": ". ".join(map(shown, (finding.title, *finding.lines))),
            "check_name": finding.check,
            "fingerprint": _fingerprint(finding),
            "severity": "major" if finding.failed else "info",
            "location": {"path": shown(finding.file) or ".", "lines": {"begin": finding.line or 1}},
        }
        for finding in findings
    ]
    return json.dumps(rows, indent=1) + "\n"


def _fingerprint(finding: Finding) -> str:
    """The same as long as it is about the same thing, so that what was there already is told from what is new."""
    said = json.dumps([finding.check, finding.name, finding.file, finding.failed])
    return hashlib.sha256(said.encode()).hexdigest()[:40]
