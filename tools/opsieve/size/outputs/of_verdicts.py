"""What budgets say of a file, as JSON, Markdown and findings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from opsieve.size.amounts import change
from opsieve.size.budgets.check import Verdict
from opsieve.size.budgets.limits import WHOLE
from opsieve.size.compare.baseline import Baseline
from opsieve.size.compare.comparison import OP, Comparison
from opsieve.size.outputs.finding import Finding
from opsieve.size.outputs.markdown import MAX_SIZE, code, plain, table, within
from opsieve.size.outputs.of_comparison import cause_text, comparison_blocks
from opsieve.size.page.names import size_text

SCHEMA = 1
_MOST_ROWS = 50
_MOST_CAUSES = 5


def verdict_name(verdict: Verdict) -> str:
    """``op Conv2D``, ``total``."""
    return verdict.limit.measure if verdict.limit.measure in WHOLE else f"{verdict.limit.measure} {verdict.name}"


def verdict_text(verdict: Verdict) -> str:
    """The size, and by how much it exceeds what, in one line."""
    over = "; ".join(f"{each.by:,} over {each.bound:,} ({each.rule})" for each in verdict.excesses)
    was = f", was {verdict.old:,}" if verdict.old is not None else ""
    return f"{verdict_name(verdict)}: {verdict.size:,} bytes{was}{f', {over}' if over else ''}"


def who_text(verdict: Verdict) -> str:
    """The owners behind it."""
    if not verdict.who:
        return ""
    if verdict.old is None:
        return f"largest: {', '.join(f'{name} {size_text(size)}' for name, size in verdict.who)}"
    return f"grew most: {', '.join(f'{name} {change(size)}' for name, size in verdict.who)}"


def to_json(new: Baseline, verdicts: Sequence[Verdict], comparison: Comparison | None, budgets: str) -> str:
    """Everything; the same text for the same verdicts."""
    document = {
        "schema": SCHEMA,
        "file": new.file,
        "target": new.target,
        "budgets": budgets,
        "within_budget": all(verdict.kept for verdict in verdicts),
        "verdicts": [
            {
                "measure": verdict.limit.measure,
                "name": verdict.name,
                "line": verdict.limit.line,
                "size": verdict.size,
                "old_size": verdict.old,
                "at_most": verdict.limit.at_most,
                "growth": verdict.limit.growth,
                "growth_percent": float(verdict.limit.percent) if verdict.limit.percent is not None else None,
                "kept": verdict.kept,
                "exceeded": [{"rule": each.rule, "bound": each.bound, "by": each.by} for each in verdict.excesses],
                "owners": [{"name": name, "bytes": size} for name, size in verdict.who],
            }
            for verdict in verdicts
        ],
        "causes": [
            {"what": cause.what, "text": cause.text, "growth": cause.growth, "certain": cause.certain}
            for cause in (comparison.causes if comparison is not None else ())
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def to_markdown(new: Baseline, verdicts: Sequence[Verdict], comparison: Comparison | None) -> str:
    """For a comment on a pull request."""
    return within(_blocks(new, verdicts, comparison), MAX_SIZE)


def _blocks(new: Baseline, verdicts: Sequence[Verdict], comparison: Comparison | None) -> Iterator[list[str]]:
    passed = [verdict for verdict in verdicts if not verdict.kept]
    kept = [verdict for verdict in verdicts if verdict.kept]
    state = f"❌ {len(passed)} of {len(verdicts)} size budgets exceeded" if passed else "✅ within all size budgets"
    yield [f"### {code(new.file)}: {state}"]
    if passed:
        rows = [
            (
                code(verdict_name(verdict)),
                size_text(verdict.size),
                size_text(each.bound),
                f"**{plain(change(each.by))}**",
                plain(each.rule),
                _who(verdict),
            )
            for verdict in passed
            for each in verdict.excesses
        ]
        yield table(("budget", ">size", ">allowed", ">over", "by", "who"), rows[:_MOST_ROWS])
        if len(rows) > _MOST_ROWS:
            yield [f"{len(rows) - _MOST_ROWS} more are exceeded."]
    if comparison is not None:
        yield from comparison_blocks(comparison, "####")
    if kept:
        yield [f"<details><summary>within budget ({len(kept)})</summary>"]
        within_limits = [
            (code(verdict_name(verdict)), size_text(verdict.size), plain(_limits(verdict)))
            for verdict in kept[:_MOST_ROWS]
        ]
        yield table(("budget", ">size", "limit"), within_limits)
        yield ["</details>"]


def _who(verdict: Verdict) -> str:
    shown = change if verdict.old is not None else size_text
    return "<br>".join(f"{code(name)} {plain(shown(size))}" for name, size in verdict.who)


def _limits(verdict: Verdict) -> str:
    limit = verdict.limit
    texts = [f"at most {size_text(limit.at_most)}"] if limit.at_most is not None else []
    texts += [f"growth {size_text(limit.growth)}"] if limit.growth is not None else []
    texts += [f"growth {limit.percent} %"] if limit.percent is not None else []
    return ", ".join(texts)


def findings(verdicts: Sequence[Verdict], comparison: Comparison | None, budgets: str) -> list[Finding]:
    """One for each verdict; those that failed say why as far as that is known."""
    return [
        Finding(
            check=f"size.{verdict.limit.measure}",
            name=verdict_name(verdict),
            title=_title(verdict),
            lines=tuple(filter(None, (verdict_text(verdict), who_text(verdict), *_causes(verdict, comparison)))),
            failed=not verdict.kept,
            file=budgets,
            line=verdict.limit.line,
        )
        for verdict in verdicts
    ]


def _title(verdict: Verdict) -> str:
    if verdict.kept:
        return f"{verdict_name(verdict)} is within its size budget"
    most = max(each.by for each in verdict.excesses)
    return f"{verdict_name(verdict)} exceeds its size budget by {size_text(most)}"


def _causes(verdict: Verdict, comparison: Comparison | None) -> list[str]:
    """Why something may have grown that is over its budget; of an op only what is about it."""
    if comparison is None or verdict.kept:
        return []
    causes = [
        cause
        for cause in comparison.causes
        if verdict.limit.measure != OP or verdict.name in cause.ops or not cause.certain
    ]
    return [cause_text(cause) for cause in causes[:_MOST_CAUSES]]
