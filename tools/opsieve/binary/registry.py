"""The ops and kernels of an index that a built file registers."""

from __future__ import annotations

from dataclasses import dataclass, field

from opsieve.binary.by_map import by_map
from opsieve.binary.evidence import Evidence
from opsieve.binary.library import Library, Member
from opsieve.binary.names import NOT_SELECTED, Names, Pair, names_of
from opsieve.binary.startup import Startup
from opsieve.binary.strings import ClassTexts
from opsieve.binary.trace import Budget
from opsieve.tree.index import Index

_NO_CODE = "its class's text is in the file, but no start-up code was found that registers it"
_WHICH_OP = "its class is registered, but for which of the class's ops could not be told"
_ONLY_NAMED = "start-up code has its name, but nothing that tells an op definition from another use"
_WHEN_LOADED = (
    "its op is not defined in the file; before TensorFlow 2.2 a kernel is registered only where its op is selected"
)


@dataclass(frozen=True, slots=True)
class Registered:
    """What a built file registers when it is loaded.

    ``kernels`` are (op, class text as the index spells it). ``uncertain`` has ops and kernels of which it cannot be
    told, with the reason; they are in neither of the other two. ``basis`` says in one line how all this was found out.
    """

    ops: frozenset[str]
    kernels: frozenset[Pair]
    uncertain: dict[Pair | str, str]
    basis: str


@dataclass(slots=True)
class _Part:
    """What one architecture of a file registers."""

    ops: set[str] = field(default_factory=set)
    kernels: set[Pair] = field(default_factory=set)
    uncertain: dict[Pair | str, str] = field(default_factory=dict)
    functions: int = 0


def registered(library: Library, index: Index) -> Registered:
    """The ops and kernels of ``index`` that ``library`` registers; of a linker map, those that it can have.

    A static archive is taken as linked whole. Of a file for several processors, only what all of them register counts.

    Raises:
        OpsieveError: the file is damaged.
    """
    if library.linker_map is not None:
        uncertain = by_map(library.linker_map, index)
        return Registered(
            frozenset(),
            frozenset(),
            uncertain,
            f"a linker map of {library.linker_map.linker}, which tells of {len(library.linker_map.objects)} linked "
            "objects but not what is selected in each",
        )
    names = names_of(index)
    by_machine: dict[str, list[Member]] = {}
    for member in library.members:
        by_machine.setdefault(member.machine, []).append(member)
    parts = {machine: _part(members, names) for machine, members in by_machine.items()}
    return _joined(parts)


def _part(members: list[Member], names: Names) -> _Part:
    evidence = Evidence(names)
    texts = ClassTexts(names)
    present: set[str] = set()
    budget = Budget()
    for member in members:
        image = member.load()
        found = set(texts.found(image))
        present |= found
        for events in Startup(image, evidence.wanted, budget).functions(member.name):
            evidence.add(events)
    evidence.settle()
    part = _Part(evidence.ops(), set(evidence.kernels), functions=evidence.functions)
    part.uncertain.update(dict.fromkeys(evidence.mentioned() - part.ops, _ONLY_NAMED))
    if NOT_SELECTED in present:
        _decided_later(part, names, evidence.undecided)
    for text in (present | evidence.unmatched) - evidence.classes - evidence.undecided - {NOT_SELECTED}:
        _leftover(part, names, text, text in evidence.unmatched, NOT_SELECTED in present)
    return part


def _decided_later(part: _Part, names: Names, undecided: set[str]) -> None:
    """TensorFlow up to 2.1 registers a kernel only if its op is selected, and then the op is defined, too."""
    for text in undecided:
        for op, same in names.pairs[text].items():
            if op in part.ops:
                part.kernels.update(same)
    late = {pair for pair in part.kernels if pair[0] in names.defined and pair[0] not in part.ops}
    part.kernels -= late
    part.uncertain.update(dict.fromkeys(late, _WHEN_LOADED))


def _leftover(part: _Part, names: Names, text: str, handed: bool, late: bool) -> None:
    """A class whose text is there without a registration that could be read."""
    pairs = names.pairs[text]
    if handed and len(pairs) == 1 and not late:
        part.kernels.update(pair for same in pairs.values() for pair in same)
    elif text not in names.ops:
        why = _WHICH_OP if handed else _NO_CODE
        part.uncertain.update({pair: why for same in pairs.values() for pair in same if pair not in part.kernels})


def _joined(parts: dict[str, _Part]) -> Registered:
    ops = frozenset.intersection(*(frozenset(part.ops) for part in parts.values()))
    kernels = frozenset.intersection(*(frozenset(part.kernels) for part in parts.values()))
    uncertain: dict[Pair | str, str] = {}
    for machine, part in parts.items():
        some: set[Pair | str] = {op for op in part.ops if op not in ops}
        some |= {pair for pair in part.kernels if pair not in kernels}
        uncertain.update(dict.fromkeys(some, f"registered only in the part for {machine}"))
    for part in parts.values():
        uncertain.update(part.uncertain)
    functions = sum(part.functions for part in parts.values())
    basis = f"what {functions:,} start-up functions hand to TensorFlow's registries ({', '.join(sorted(parts))})"
    return Registered(ops, kernels, uncertain, basis)
