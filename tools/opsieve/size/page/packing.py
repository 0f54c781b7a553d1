"""What the page's script reads: the groups as columns of numbers and one table of strings, compressed."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable

from opsieve import __version__
from opsieve.size.attribution import PACKAGED, Attribution, measures
from opsieve.size.page.grouping import Group, fold, groups
from opsieve.size.page.names import shown
from opsieve.size.page.palette import KINDS, look

# Characters of base64 in the page, which the script, the styles and the page itself make up to at most 1.5 MB.
MAX_PACKED = 1_250_000
# What a row lists of the ops, dtypes, models and folded symbols; more is counted.
MAX_LISTED = 24

# Not text of a string: a row that stands for several.
_NO_STRING = -1


def pack(after: Attribution, before: Attribution | None = None, limit: int = MAX_PACKED) -> str:
    """The page's data, at most ``limit`` characters: JSON (see :func:`columns`), raw deflate, base64.

    Where all symbols are more than that, the smallest are summed up, by their source.
    """
    found = groups(after, before)
    weights = sorted(leaf.weight for group in found for unit in group.units for leaf in unit.leaves)
    threshold = 0
    while True:
        folded = fold(found, threshold) if threshold else found
        packed = compressed(columns(after, before, folded, threshold, len(weights)))
        if len(packed) <= limit or threshold > 1 << 62:
            return packed
        threshold = _next_threshold(weights, threshold, limit / len(packed))


def columns(
    after: Attribution, before: Attribution | None, found: list[Group], threshold: int, symbols: int
) -> dict[str, object]:
    """The data of the page.

    ``strings``: each name once; other columns number them, -1 for none. ``owners``, ``units`` and ``symbols`` are
    tables by column in order of the tree: ``units`` of an owner and ``symbols`` of a unit say how many of the next
    table belong to it. ``count``: how many a row stands for, where ``name`` is -1 and ``folded`` has its number.
    ``file``, ``loaded``: bytes; ``fileBefore``, ``loadedBefore``: the baseline's, only with a baseline.
    ``threshold``: symbols below so many bytes are summed up; ``symbolCount``: how many there are.
    """
    strings = _Strings()
    owners: dict[str, list[object]] = {
        name: [] for name in ("name", "kind", "ops", "classes", "dtypes", "models", "units", "count")
    }
    units: dict[str, list[int]] = {name: [] for name in ("name", "symbols", "count")}
    names = ("name", "section", "file", "loaded", "count")
    rows: dict[str, list[int]] = {name: [] for name in names}
    if before is not None:
        rows.update(fileBefore=[], loadedBefore=[])
    shared: dict[str, list[int]] = {}
    kinds = [kind.kind for kind in KINDS]
    for group in found:
        facts = group.facts
        if facts.kind not in kinds:
            kinds.append(facts.kind)
        owners["name"].append(_NO_STRING if group.folded else strings.number(facts.name))
        owners["kind"].append(kinds.index(facts.kind))
        for column in ("ops", "classes", "dtypes", "models"):
            owners[column].append(_listed(strings, getattr(facts, column)))
        owners["units"].append(len(group.units))
        owners["count"].append(group.count)
        for unit in group.units:
            units["name"].append(_NO_STRING if unit.folded else strings.number(unit.name))
            units["symbols"].append(len(unit.leaves))
            units["count"].append(unit.count)
            for leaf in unit.leaves:
                if leaf.shared:
                    shared[str(len(rows["name"]))] = _listed(strings, leaf.shared)
                rows["name"].append(_NO_STRING if leaf.folded else strings.number(leaf.symbol))
                rows["section"].append(strings.number(leaf.section))
                rows["file"].append(leaf.file_size)
                rows["loaded"].append(leaf.loaded_size)
                rows["count"].append(leaf.count)
                if before is not None:
                    rows["fileBefore"].append(leaf.file_before)
                    rows["loadedBefore"].append(leaf.loaded_before)
    return {
        "schema": 1,
        "opsieve": __version__,
        "after": _facts(after),
        "before": _facts(before) if before is not None else None,
        "threshold": threshold,
        "symbolCount": symbols,
        "kinds": [{"kind": shown(kind), "title": shown(look(kind).title)} for kind in kinds],
        "strings": strings.texts,
        "owners": owners,
        "units": units,
        "symbols": rows,
        "shared": shared,
    }


def compressed(data: dict[str, object]) -> str:
    """JSON as the page reads it: raw deflate (DecompressionStream of a browser), then base64."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    text = json.dumps(data, separators=(",", ":")).encode("ascii")
    return base64.b64encode(compressor.compress(text) + compressor.flush()).decode("ascii")


class _Strings:
    """Each text once, as it may be shown. Equal numbers for equal names, also where their shown form is cut."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(shown(text))
        return number


def _listed(strings: _Strings, names: Iterable[str]) -> list[int]:
    """Numbers of the first MAX_LISTED names, and last, when there are more, how many, as a negative number."""
    every = list(names)
    numbers = [strings.number(name) for name in every[:MAX_LISTED]]
    return [*numbers, MAX_LISTED - len(every)] if len(every) > MAX_LISTED else numbers


def _facts(attribution: Attribution) -> dict[str, object]:
    return {
        "name": shown(attribution.file),
        "kind": shown(attribution.kind),
        "machine": shown(attribution.machine),
        "packaged": attribution.kind == PACKAGED,
        "measures": [name.capitalize() for name in measures(attribution.kind)],
        "file": attribution.file_size,
        "loaded": attribution.loaded_size,
        "evidence": [shown(text) for text in attribution.evidence[:MAX_LISTED]],
        "build": [[shown(name), shown(value)] for name, value in attribution.build[: 4 * MAX_LISTED]],
    }


def _next_threshold(weights: list[int], threshold: int, ratio: float) -> int:
    """One that should leave ``ratio`` of the rows by themselves, and at least half again as large as the last."""
    kept = int(len(weights) * ratio * 0.85)
    at_least = threshold * 3 // 2 + 16
    return max(at_least, weights[-kept] if 0 < kept <= len(weights) and threshold == 0 else 0)
