"""Who needs what: the nodes behind every op and kernel, folded into a bounded list of reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from opsieve.selection.selection import Reason

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Tally(Generic[Key]):
    """Reasons for keys. One reason stands for all nodes of one function of one model that came in by one rule."""

    _reasons: defaultdict[Key, set[Reason]] = field(default_factory=lambda: defaultdict(set))

    def add(self, key: Key, model: str, function: str, nodes: Collection[str], rule: str = "") -> None:
        """``nodes``: the names of all of them, each once; the first by name is named and the others counted."""
        more = len(nodes) - 1
        counted = f"and {more} more node{'s' if more > 1 else ''}" if more > 0 else ""
        text = "; ".join(filter(None, (rule, counted)))
        self._reasons[key].add(Reason(model=model, function=function, node=min(nodes), rule=text))

    def keys(self) -> Collection[Key]:
        return self._reasons.keys()

    def reasons(self, key: Key) -> tuple[Reason, ...]:
        return tuple(sorted(self._reasons[key]))
