"""The ops that TensorFlow's runtime adds to what it executes, from runtime.yaml."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from opsieve.resources import load_yaml

_ANY = "any graph"
_FUNCTION = "a function"


@dataclass(frozen=True, slots=True)
class _Rule:
    when: frozenset[str]
    adds: tuple[str, ...]
    why: str


def runtime_ops(used: Collection[str], calls_function: bool) -> Iterator[tuple[str, str]]:
    """The ops that the runtime adds where the ops ``used`` run, each with why; an op may come more than once.

    ``calls_function``: whether a node names a function of the library as its op.
    """
    for rule in _rules():
        if _ANY in rule.when or (calls_function and _FUNCTION in rule.when) or not rule.when.isdisjoint(used):
            for op in rule.adds:
                yield op, rule.why


@cache
def _rules() -> tuple[_Rule, ...]:
    rows = load_yaml(Path(__file__).with_suffix(".yaml"))
    return tuple(
        _Rule(
            frozenset(row["when"] if isinstance(row["when"], list) else [row["when"]]), tuple(row["adds"]), row["why"]
        )
        for row in rows
    )
