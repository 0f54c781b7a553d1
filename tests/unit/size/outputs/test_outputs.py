"""Comparisons and verdicts in every format, read back by other people's parsers, with names as hostile as can be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from opsieve.size.attribution import KERNEL, RUNTIME, Owner
from opsieve.size.budgets import Limit, check
from opsieve.size.compare import Comparison, baseline_of, compare
from opsieve.size.outputs import of_comparison, of_verdicts
from opsieve.size.outputs.annotations import to_github, to_gitlab
from opsieve.size.outputs.finding import Finding
from opsieve.size.outputs.junit import to_junit
from opsieve.size.outputs.markdown import MAX_SIZE, code, plain, table, within
from unit.size.sizes import HOSTILE, attribution, small


def _hostile() -> Comparison:
    """Every name of it is hostile, of owners, ops, dtypes, models, files and flags."""
    rows = [
        (Owner(f"{name}{kind}", kind, (name,), (name,), (name,), (name,)), name, 100 + number)
        for number, name in enumerate(HOSTILE)
        for kind in (KERNEL, RUNTIME)
    ]
    build = (("compile flags", f"-Os {HOSTILE[2]}"), ("compiler", HOSTILE[1]))
    new = attribution(*rows, file=HOSTILE[1], build=build)
    old = attribution(*rows[:2], file=HOSTILE[2], build=(("compile flags", "-O2"), ("compiler", HOSTILE[6])))
    return compare(baseline_of(old), baseline_of(new))


def _limits() -> list[Limit]:
    return [Limit("op", "*", "", 3, 5), Limit("total", "", "", 2, 1 << 40), Limit("owner", "*", "", 4, 105, 5)]


def _findings(of: str) -> list[Finding]:
    found = _hostile()
    if of == "diff":
        return of_comparison.findings(found)
    return of_verdicts.findings(check(found.new, _limits(), found.old), found, HOSTILE[5])


def _markdown(of: str) -> str:
    found = _hostile()
    if of == "diff":
        return of_comparison.to_markdown(found)
    return of_verdicts.to_markdown(found.new, check(found.new, _limits(), found.old), found)


@pytest.mark.parametrize("of", ["diff", "check"])
def test_junit_is_well_formed_and_counts_right(of: str) -> None:
    findings = _findings(of)
    text = to_junit(HOSTILE[3], findings)
    assert text.isascii()
    top = ElementTree.fromstring(text)
    cases = top.findall("./testsuite/testcase")
    assert len(cases) == len(findings) == int(top.attrib["tests"]) > len(HOSTILE)
    assert len(top.findall(".//failure")) == int(top.attrib["failures"]) == sum(each.failed for each in findings)
    assert (int(top.attrib["failures"]) > 0) == (of == "check")
    names = [case.attrib["name"] for case in cases]
    assert any("<script>alert(1)</script>" in name for name in names)
    assert not any("\x1b" in name or "\u202e" in name for name in names)


@pytest.mark.parametrize("of", ["diff", "check"])
def test_github_gets_one_command_a_line(of: str) -> None:
    lines = to_github(_findings(of)).split("\n")
    assert lines.pop() == ""
    for line in lines:
        found = re.fullmatch(r"::(error|notice) ((?:\w+=[^,:\r\n]*,?)+)::([^\r\n]+)", line)
        assert found, line
        assert line.isprintable()
    assert sum(line.startswith("::error") for line in lines) == (10 if of == "check" else 0)
    (line,) = to_github([Finding("c", "n", "a%b:c,d", ("x\ny", "100%"), True, "f:g", 7)]).splitlines()
    assert line == "::error file=f%3Ag,line=7,title=a%25b%3Ac%2Cd::x\\x0ay%0A100%25"


@pytest.mark.parametrize("of", ["diff", "check"])
def test_gitlab_gets_a_code_quality_report(of: str) -> None:
    findings = _findings(of)
    rows = json.loads(to_gitlab(findings))
    assert len(rows) == len(findings)
    assert len({row["fingerprint"] for row in rows}) == len(rows)
    for row, finding in zip(rows, findings, strict=True):
        assert set(row) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert row["severity"] == ("major" if finding.failed else "info")
        assert row["location"]["path"]
        assert row["location"]["lines"]["begin"] >= 1
        assert row["description"].isprintable()


def test_json_has_everything() -> None:
    found = _hostile()
    document = json.loads(of_comparison.to_json(found))
    assert len(document["changes"]) == len(found.changes)
    assert document["growth"] == {"file_size": found.growth, "loaded_size": found.loaded_growth}
    assert {row["name"] for row in document["changes"]} >= set(HOSTILE[1:])
    verdicts = check(found.new, _limits(), found.old)
    document = json.loads(of_verdicts.to_json(found.new, verdicts, found, "b.yaml"))
    assert document["within_budget"] is False
    assert [row["kept"] for row in document["verdicts"]] == [verdict.kept for verdict in verdicts]
    exceeded = next(row for row in document["verdicts"] if not row["kept"])
    assert exceeded["exceeded"][0]["by"] == exceeded["size"] - 5


def _parsed(text: str) -> list[object]:
    markdown = pytest.importorskip("markdown_it", reason="reads the Markdown back").MarkdownIt
    tokens: list[object] = markdown("commonmark").enable("table").parse(text)
    return tokens


@pytest.mark.parametrize("of", ["diff", "check"])
def test_markdown_has_tables_of_as_many_cells_and_nothing_that_is_markup(of: str) -> None:
    text = _markdown(of)
    assert len(text.encode()) <= MAX_SIZE
    width = cells = tables = 0
    for token in _parsed(text):
        kind = token.type  # type: ignore[attr-defined]
        if kind == "table_open":
            tables, width = tables + 1, 0
        elif kind == "tr_open":
            cells = 0
        elif kind in ("td_open", "th_open"):
            cells += 1
        elif kind == "tr_close":
            width = width or cells
            assert cells == width
        for child in token.children or ():  # type: ignore[attr-defined]
            assert child.type in ("text", "html_inline", "strong_open", "strong_close", "softbreak"), child
            if child.type == "html_inline":
                assert child.content in ("<code>", "</code>", "<br>", "<summary>", "</summary>"), child
    assert tables >= 3
    assert re.search(r"https?:|www\.|<script", text) is None


def _text(tokens: list[object]) -> str:
    return "".join(
        child.content
        for token in tokens
        for child in token.children or ()
        if child.type == "text"  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("write", [plain, code])
def test_a_name_in_a_cell_reads_as_it_is(name: str, write: Callable[[str], str]) -> None:
    shown = _text(_parsed("\n".join(table(("name",), [(write(name),)]))))
    expected = re.escape("name") + ".*".join(map(re.escape, name.split("\n")))
    if name.isprintable() and len(name) < 200:
        assert re.fullmatch(expected, shown)
    assert shown.isprintable()


def test_what_does_not_fit_is_left_out_and_counted() -> None:
    rows = table(("name", ">size"), [(code(f"owner {number}"), str(number)) for number in range(5000)])
    text = within([["# head"], rows, ["end"]])
    assert len(text.encode()) <= MAX_SIZE
    kept = text.count("| <code>")
    assert 100 < kept < 5000
    assert f"{5000 - kept + 1} more lines are left out" in text


def test_what_is_kept_and_what_is_exceeded_is_told_apart() -> None:
    new = small()
    verdicts = check(new, [Limit("total", "", "", 2, 6000), Limit("loaded", "", "", 3, 9000)])
    text = of_verdicts.to_markdown(new, verdicts, None)
    assert "1 of 2 size budgets exceeded" in text
    assert "within budget (1)" in text
    first, second = of_verdicts.findings(verdicts, None, "budgets.yaml")
    assert (first.failed, first.line, second.failed) == (True, 2, False)
    assert first.lines[0] == "total: 6,696 bytes, 696 over 6,000 (at most)"
    assert first.lines[1].startswith("largest: tensorflow/core/framework/tensor.cc 2.93 KiB, ")
    assert "within all size budgets" in of_verdicts.to_markdown(new, verdicts[1:], None)
