"""Who needs what: the nodes behind every op and kernel, folded into a bounded list of reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from opsieve.selection.need import Need
from opsieve.selection.selection import Reason

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Tally(Generic[Key]):
    """Reasons for keys. One reason stands for all nodes of one function of one model that came in by one rule."""

    _reasons: defaultdict[Key, set[Reason]] = field(default_factory=lambda: defaultdict(set))

    def add(
        self,
        key: Key,
        model: str,
        function: str,
        nodes: Mapping[str, Need],
        rule: str = "",
        *,
        with_types: bool = False,
    ) -> None:
        """``nodes``: all of them by name, with what each needs; the first by name is named and the others counted."""
        more = len(nodes) - 1
        counted = f"and {more} more node{'s' if more > 1 else ''}" if more > 0 else ""
        text = "; ".join(filter(None, (rule, counted)))
        node = min(nodes)
        types = tuple(sorted(nodes[node].dtypes().items())) if with_types else ()
        self._reasons[key].add(Reason(model=model, function=function, node=node, rule=text, types=types))

    def items(self) -> Iterator[tuple[Key, tuple[Reason, ...]]]:
        """Every key with its reasons, sorted."""
        return ((key, tuple(sorted(found))) for key, found in self._reasons.items())
