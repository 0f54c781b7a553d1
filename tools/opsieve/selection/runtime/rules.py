"""The rules in this folder's YAML files, as plain data. lowering.yaml explains their form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from opsieve.models.usage import Value
from opsieve.resources import load_yaml

ANY_GRAPH = "any graph"
FUNCTION_CALL = "a function call"
ALWAYS = "always"

_GRAPPLER = "grappler"
# What grappler's function optimizer does by itself (tensorflow/core/grappler/optimizers/function_optimizer.cc).
_BY_GRAPPLER = frozenset(("lowering", "inlining"))
_OPS_FOLDER = "tensorflow/core/ops/"
_SUBJECTS = ("lowering", "rewrites", "gradients", "grappler", "data_optimizers")


SAME, MANY, FACTOR, VARIABLE, CONSTANT, FED_BY = "same", "many", "factor", "variable", "constant", "fed_by"
KINDS = frozenset((SAME, MANY, FACTOR, VARIABLE, CONSTANT, FED_BY))


@dataclass(frozen=True, slots=True)
class Condition:
    """What a row asks of the node's place in its graph; ``first``: only of its first input."""

    kind: str
    first: bool = False
    ops: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Addition:
    """An op that is added. ``types``: attr → what it may be: ``DT_BOOL``, ``$T``, or ``list $T``.

    ``keeps``: the kinds of conditions that hold for it only where they hold for the node that led to it; ``never``:
    the kinds that do not hold for it. All others may hold: its place in the graph is not known. ``aside``: it does not
    take the place of the node that led to it.
    """

    op: str
    types: Mapping[str, tuple[str, ...]]
    keeps: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    aside: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One row. ``when`` has ops, ANY_GRAPH or FUNCTION_CALL; ``until`` is a release, or "" while it holds.

    ``compiles``: the file, relative to the tree, without which the runtime could not do it; "" for the core runtime.
    """

    runtime_pass: str
    when: frozenset[str]
    values: Mapping[str, Value]
    where: Mapping[str, frozenset[str]]
    beside: tuple[frozenset[str], ...]
    adds: tuple[Addition, ...]
    certain: bool
    why: str
    since: str
    until: str
    compiles: str = ""
    conditions: tuple[Condition, ...] = ()

    @property
    def groups(self) -> tuple[frozenset[str], ...]:
        """Of each the model must have a node of one op."""
        return (*self.beside, *(one.ops for one in self.conditions if one.kind == FED_BY))


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the files."""
    folder = Path(__file__).parent
    return tuple(_rule(row) for subject in _SUBJECTS for row in load_yaml(folder / f"{subject}.yaml"))


def release(version: str) -> tuple[int, int]:
    """A TensorFlow version to compare: ``"2.14.0"`` → ``(2, 14)``; (0, 0) where it says nothing."""
    parts = [part for part in version.split(".")[:2] if part.isdecimal()]
    return (int(parts[0]), int(parts[1])) if len(parts) == 2 else (0, 0)


def rules_for(version: str, on: Mapping[str, bool]) -> Iterator[Rule]:
    """The rules of the passes that are ``on`` and that hold in a release."""
    running = {ALWAYS, *(name for name, is_on in on.items() if is_on)}
    if _GRAPPLER in running:
        running |= _BY_GRAPPLER
    for rule in all_rules():
        if rule.runtime_pass in running and not (rule.until and release(version) > release(rule.until)):
            yield rule


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        runtime_pass=row["pass"],
        when=frozenset(_listed(row["when"])),
        values=row.get("values", {}),
        where={name: frozenset(_listed(value)) for name, value in row.get("where", {}).items()},
        beside=tuple(frozenset(_listed(each)) for each in row.get("beside", ())),
        adds=tuple(
            Addition(
                each["op"],
                {name: _listed(value) for name, value in each.get("types", {}).items()},
                frozenset(_listed(each.get("keeps", ()))),
                frozenset(_listed(each.get("never", ()))),
                each.get("aside", False),
            )
            for each in row["adds"]
        ),
        certain=row.get("certain", False),
        why=row["why"],
        since=row["since"],
        until=row.get("until", ""),
        conditions=tuple(_conditions(row)),
        # What REGISTER_OP_GRADIENT registers stands in the file that a row names as its source.
        compiles=row["source"] if row["pass"] == "gradients" and row["source"].startswith(_OPS_FOLDER) else "",
    )


def _conditions(row: Mapping[str, Any]) -> Iterator[Condition]:
    if "inputs" in row:
        yield Condition(row["inputs"])
    if CONSTANT in row:
        yield Condition(CONSTANT, first=row[CONSTANT] == "first")
    if FED_BY in row:
        yield Condition(FED_BY, ops=frozenset(row[FED_BY]))


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
