"""Findings as JUnit XML, each a test case."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from opsieve.size.outputs.finding import Finding
from opsieve.size.page.names import visible


def to_junit(suite: str, findings: Sequence[Finding]) -> str:
    """As Jenkins, GitLab and others read it (https://github.com/testmoapp/junitxml)."""
    failures = str(sum(finding.failed for finding in findings))
    counts = {"tests": str(len(findings)), "failures": failures, "errors": "0", "skipped": "0"}
    top = Element("testsuites", counts)
    cases = SubElement(top, "testsuite", {"name": _text(suite), **counts})
    for finding in findings:
        place = {"file": _text(finding.file), "line": str(finding.line)} if finding.line else {}
        case = SubElement(cases, "testcase", {"classname": finding.check, "name": _text(finding.name), **place})
        text = "\n".join(map(_text, finding.lines))
        if finding.failed:
            failure = SubElement(case, "failure", {"message": _text(finding.title), "type": "size"})
            failure.text = text or _text(finding.title)
        else:
            SubElement(case, "system-out").text = "\n".join(filter(None, (_text(finding.title), text)))
    indent(top)
    # ASCII: what is not stands there as a reference.
    document: bytes = tostring(top, encoding="us-ascii", xml_declaration=True)
    return document.decode("ascii") + "\n"


def _text(text: str) -> str:
    """Without what no XML can hold, which is all invisible, and two that str.isprintable knows nothing of."""
    return visible(text)
