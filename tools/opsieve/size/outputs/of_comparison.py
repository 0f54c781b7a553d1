"""A comparison as JSON, Markdown and findings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from opsieve.size.amounts import change
from opsieve.size.attribution import measures
from opsieve.size.compare.baseline import Baseline
from opsieve.size.compare.comparison import DIMENSIONS, KIND, MOVED, OWNER, SOURCE, Cause, Change, Comparison
from opsieve.size.compare.dimensions import dimension_title, stripped_size, whole_sizes
from opsieve.size.outputs.finding import Finding
from opsieve.size.outputs.markdown import MAX_SIZE, code, plain, table, within
from opsieve.size.page.names import size_text
from opsieve.size.totals import Sizes

SCHEMA = 1
_MOST_ROWS = 25
# What is opened at once; the rest is there to be unfolded.
_FIRST = (KIND, OWNER)


def cause_text(cause: Cause) -> str:
    """``+41.2 KiB: kernel AddV2/DT_INT64 because model B node C``."""
    return f"{change(cause.growth)}: {cause.text}" if cause.growth is not None else cause.text


def to_json(comparison: Comparison) -> str:
    """Everything, one row a line; the same text for the same comparison."""
    head = {
        "schema": SCHEMA,
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "growth": {"file_size": comparison.growth, "loaded_size": comparison.loaded_growth},
    }
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    causes = [
        {"what": cause.what, "text": cause.text, "growth": cause.growth, "certain": cause.certain}
        for cause in comparison.causes
    ]
    parts.append(_rows("causes", causes))
    moves = [{"old": move.old, "new": move.new, "size": move.size} for move in comparison.moves]
    parts.append(_rows("moves", moves))
    parts.append(_rows("changes", [_change(row) for row in comparison.changes]))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _side(baseline: Baseline) -> dict[str, object]:
    return {
        "file": baseline.file,
        "machine": baseline.machine,
        "file_size": baseline.file_size,
        "loaded_size": baseline.loaded_size,
        "stripped_size": stripped_size(baseline),
        "evidence": baseline.evidence,
    }


def _change(row: Change) -> dict[str, object]:
    return {
        "dimension": row.dimension,
        "name": row.name,
        "kind": row.kind,
        "status": row.status,
        "other": row.other,
        "growth": row.growth,
        "loaded_growth": row.loaded_growth,
        "old": _sizes(row.old),
        "new": _sizes(row.new),
    }


def _sizes(sizes: Sizes | None) -> dict[str, int] | None:
    return {"file_size": sizes.file_size, "loaded_size": sizes.loaded_size} if sizes else None


def _rows(name: str, rows: Sequence[object]) -> str:
    lines = ",\n".join(f" {json.dumps(row)}" for row in rows)
    return f'"{name}": [\n{lines}\n]' if rows else f'"{name}": []'


def to_markdown(comparison: Comparison) -> str:
    """For a comment on a pull request."""
    return within(comparison_blocks(comparison), MAX_SIZE)


def comparison_blocks(comparison: Comparison, heading: str = "###") -> Iterator[list[str]]:
    """Its parts, the most telling first."""
    new, old = comparison.new, comparison.old
    yield [f"{heading} {code(new.file)}: {plain(change(comparison.growth))}"]
    rows = whole_sizes(old, new)
    yield table(
        ("", ">before", ">after", ">change"),
        [(name, size_text(was), size_text(now), _growth(now - was, was)) for name, was, now in rows],
    )
    yield from cause_blocks(comparison)
    for dimension, each in groupby(comparison.changes, key=lambda row: row.dimension):
        yield from _folded(dimension, dimension_title(dimension, new), list(each))


def cause_blocks(comparison: Comparison) -> Iterator[list[str]]:
    """Why it changed."""
    if comparison.causes:
        rows = [
            (plain(change(cause.growth)) if cause.growth is not None else "", plain(cause.text))
            for cause in comparison.causes
        ]
        yield table((">change", "why"), rows)


def _folded(dimension: str, title: str, rows: list[Change]) -> Iterator[list[str]]:
    opened = " open" if dimension in _FIRST else ""
    yield [f"<details{opened}><summary>{title} ({len(rows)})</summary>"]
    yield table((title, ">before", ">after", ">change", ""), [_cells(row) for row in rows[:_MOST_ROWS]])
    more = rows[_MOST_ROWS:]
    if more:
        yield [plain(f"{len(more)} more, together {change(sum(row.growth for row in more))}")]
    yield ["</details>"]


def _cells(row: Change) -> tuple[str, ...]:
    was = row.old.file_size if row.old else 0
    now = row.new.file_size if row.new else 0
    status = f"{row.status}: {code(row.other)}" if row.status == MOVED else row.status
    return code(row.name), size_text(was), size_text(now), _growth(now - was, was), status


def _growth(growth: int, old: int) -> str:
    share = f" ({growth / old:+.1%})" if old and growth else ""
    return plain(f"{change(growth)}{share}")


def findings(comparison: Comparison) -> list[Finding]:
    """The sum, each cause, and the owners that changed most. None of them has failed."""
    new = comparison.new
    in_file, loaded = measures(new.kind)
    title = f"{new.file}: {change(comparison.growth)} {in_file}, {change(comparison.loaded_growth)} {loaded}"
    found = [Finding("size.total", "total", title, (f"now {new.file_size:,} bytes",), file=new.file)]
    found += [
        Finding(f"size.cause.{cause.what}", cause.text, cause_text(cause), file=new.file) for cause in comparison.causes
    ]
    for dimension in DIMENSIONS:
        if dimension != SOURCE:
            rows = comparison.of(dimension)[:_MOST_ROWS]
            found += [
                Finding(
                    f"size.{dimension}",
                    row.name,
                    f"{dimension} {row.name} {row.status}: {change(row.growth)}",
                    file=new.file,
                )
                for row in rows
            ]
    return found
