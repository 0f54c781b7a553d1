"""What the selected files need to link, as sources of the selection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from opsieve.selection.selection import Selection, Source
from opsieve.tree.index import Helper

HELPER = "helper"


def with_helpers(selection: Selection, helpers: Mapping[str, tuple[Helper, ...]]) -> Selection:
    """The selection, which was made without them, with the helpers of its files as sources."""
    return replace(selection, sources=closed(selection.sources, helpers))


def closed(registering: Iterable[Source], helpers: Mapping[str, tuple[Helper, ...]]) -> tuple[Source, ...]:
    """The sources that register something and what they need to link, by path."""
    by_path = {source.path: source for source in registering}
    return tuple(sorted((*by_path.values(), *_helpers(by_path, helpers)), key=lambda source: source.path))


def _helpers(registering: Mapping[str, Source], helpers: Mapping[str, tuple[Helper, ...]]) -> Iterator[Source]:
    for_ops: defaultdict[str, set[str]] = defaultdict(set)
    why: defaultdict[str, set[str]] = defaultdict(set)
    for path, source in registering.items():
        for helper in helpers.get(path, ()):
            if helper.path not in registering:
                for_ops[helper.path].update(source.reasons)
                why[helper.path].add(helper.reason)
    for path, names in for_ops.items():
        yield Source(path, HELPER, tuple(sorted(names)), tuple(sorted(why[path])))
