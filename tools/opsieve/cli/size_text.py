"""A size report for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from opsieve.cli.messages import one_line
from opsieve.size.attribution import FILE, OWNER_KINDS, Attribution, Owner, measures
from opsieve.size.totals import Sizes, by_kind, by_owner

# Owners of a kind that are listed; kernels and ops are what the models ask for, and all are.
_MOST = 12
_MOST_FILES = 40
_ALL = ("kernel", "op", "library")
_LONGEST_NAME = 90


def report_lines(attribution: Attribution, *, everything: bool = False) -> Iterator[str]:
    """The report, line by line; with ``everything`` all owners."""
    in_file, loaded = measures(attribution.kind)
    width = max(len(f"{max(attribution.file_size, attribution.loaded_size):,}"), len(loaded))
    yield f"{one_line(attribution.file)}: {', '.join(filter(None, (attribution.kind, attribution.machine)))}"
    yield f"{in_file:>{width}} {'':>6} {loaded:>{width}}"
    yield _row(Sizes(attribution.file_size, attribution.loaded_size), attribution, width, "all bytes")
    kinds = by_kind(attribution)
    owners = by_owner(attribution)
    for kind in OWNER_KINDS:
        if kind in kinds:
            yield _row(kinds[kind], attribution, width, kind)
    for kind in OWNER_KINDS:
        rows = [(owner, sizes) for owner, sizes in owners if owner.kind == kind]
        if not rows:
            continue
        yield ""
        yield f"{kind}:"
        most = len(rows) if everything or kind in _ALL else _MOST_FILES if kind == FILE else _MOST
        for owner, sizes in rows[:most]:
            yield _row(sizes, attribution, width, _named(owner))
        if len(rows) > most:
            rest = [sizes for _, sizes in rows[most:]]
            total = Sizes(sum(s.file_size for s in rest), sum(s.loaded_size for s in rest))
            yield _row(total, attribution, width, f"{len(rest):,} more")


def _row(sizes: Sizes, attribution: Attribution, width: int, name: str) -> str:
    share = sizes.file_size / attribution.file_size if attribution.file_size else 0
    first = max(width, len(measures(attribution.kind)[0]))
    return f"{sizes.file_size:>{first},} {share:>6.1%} {sizes.loaded_size:>{width},}  {name}"


def _named(owner: Owner) -> str:
    name = one_line(owner.name)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 3]}..."
    said = ", ".join(op for op in owner.ops if not owner.name.startswith((f"{op}/", f"{op},")))
    types = " ".join(dtype.removeprefix("DT_").lower() for dtype in owner.dtypes)
    return "  ".join(filter(None, (name, f"[{types}]" if types else "", f"({said})" if said else "")))
