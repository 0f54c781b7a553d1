"""Why a package changed: what came, what went, what is compressed in another way, and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from opsieve.size.attribution import FORMAT
from opsieve.size.compare.baseline import Baseline, Measured
from opsieve.size.compare.comparison import Cause

_MOST_NAMED = 3
# Where Android has a library for each processor.
_ABI = re.compile(r"(?:lib|jni|.*/lib)/(?P<abi>[^/]+)/[^/]+")


def package_causes(old: Baseline, new: Baseline) -> Iterator[Cause]:
    """Causes whose growth sums to that of the package."""
    before, after = _files(old), _files(new)
    came = {name: row for name, row in after.items() if name not in before}
    gone = {name: row for name, row in before.items() if name not in after}
    yield from _of_files("added", came, 1, _abis(came) - _abis(before))
    yield from _of_files("gone", gone, -1, _abis(gone) - _abis(after))
    both = [(before[name], row) for name, row in after.items() if name in before]
    packed = [(was, now) for was, now in both if _is_stored(was) != _is_stored(now)]
    for stored, text in ((True, "stored and no longer compressed"), (False, "compressed and no longer stored")):
        rows = [(was, now) for was, now in packed if _is_stored(now) == stored]
        if rows:
            yield Cause("compression", f"{_some([now for _, now in rows])} {text}", _growth(rows))
    rest = [(was, now) for was, now in both if _is_stored(was) == _is_stored(now)]
    changed = [(was, now) for was, now in rest if (was.file_size, was.loaded_size) != (now.file_size, now.loaded_size)]
    if changed:
        changed.sort(key=lambda pair: -abs(pair[1].file_size - pair[0].file_size))
        yield Cause("content", f"the content of {_some([now for _, now in changed])} changed", _growth(changed))
    overhead = _overhead(new) - _overhead(old)
    if overhead:
        yield Cause("zip", "headers, directory, alignment and signature of the package", overhead)


def _files(baseline: Baseline) -> dict[str, Measured]:
    return {row.owner.name: row for row in baseline.owners if row.owner.kind != FORMAT}


def _overhead(baseline: Baseline) -> int:
    return sum(row.file_size for row in baseline.owners if row.owner.kind == FORMAT)


def _abis(files: dict[str, Measured]) -> set[str]:
    return {found["abi"] for name in files if (found := _ABI.fullmatch(name))}


def _of_files(what: str, files: dict[str, Measured], sign: int, abis: set[str]) -> Iterator[Cause]:
    """Of files that came or went: those of a processor together, then the rest."""
    left = dict(files)
    for abi in sorted(abis):
        rows = [left.pop(name) for name in files if (found := _ABI.fullmatch(name)) and found["abi"] == abi]
        text = f"processor {abi} {what}: {_some(rows)}"
        yield Cause(f"processor-{what}", text, sign * sum(row.file_size for row in rows))
    if left:
        rows = sorted(left.values(), key=lambda row: -row.file_size)
        yield Cause(f"file-{what}", f"{_some(rows)} {what}", sign * sum(row.file_size for row in rows))


def _is_stored(row: Measured) -> bool:
    # Nothing can be made of an empty file.
    return row.loaded_size > 0 and row.file_size == row.loaded_size


def _growth(pairs: Sequence[tuple[Measured, Measured]]) -> int:
    return sum(now.file_size - was.file_size for was, now in pairs)


def _some(rows: Sequence[Measured]) -> str:
    names = ", ".join(row.owner.name for row in rows[:_MOST_NAMED])
    more = len(rows) - _MOST_NAMED
    return f"{names} and {more:,} more" if more > 0 else names
