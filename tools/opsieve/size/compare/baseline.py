"""What is kept of a file's sizes: an attribution without its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from opsieve.selection.lock.lock import Lock
from opsieve.size.attribution import FORMAT, KERNEL, PACKAGE, PACKAGED, TOOLCHAIN, Attribution, Owner, Part
from opsieve.size.owners.class_texts import base_name, comparable, mentions
from opsieve.size.totals import Sizes, by_owner, by_section

CODE = re.compile(r"\.text(?:[._].*)?|__TEXT,__(?:text|StaticInit)|\.init\.text")
_TABLE = "vtable for "
# What is one owner however many sources it has.
_WHOLE = (PACKAGE, TOOLCHAIN, FORMAT)
_LEAST_SHARED = 256
_SMALL = "small code that ops share"
# A library that registers everything has thousands.
MOST_UNSELECTED = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """An owner with its bytes. ``code_size`` and ``functions`` are None where there is nothing to tell them by."""

    owner: Owner
    file_size: int
    loaded_size: int
    code_size: int | None = None
    functions: int | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """The sizes of one file. Owners are in order of kind and name; their ``file_size`` sum to the file's. Of code that
    ops share, small pieces are one owner. ``sources`` are those of TensorFlow and the user, not of packages.

    ``unselected``: kernel classes whose tables are in selected sources and that the selection does not have: how many,
    and some of them; None where that cannot be told. ``lock``: what was selected, and why; None when not known.
    """

    file: str
    kind: str
    machine: str
    file_size: int
    loaded_size: int
    owners: tuple[Measured, ...]
    sections: tuple[tuple[str, Sizes], ...]
    sources: tuple[tuple[str, Sizes], ...] = ()
    build: tuple[tuple[str, str], ...] = ()
    evidence: tuple[str, ...] = ()
    unselected: tuple[int, tuple[str, ...]] | None = None
    lock: Lock | None = None

    @property
    def target(self) -> str:
        """What it was built for, as far as that is known: ``linux-aarch64``, else the machine; ``package`` for one."""
        if self.kind == PACKAGED:
            return PACKAGED
        return dict(self.build).get("target") or self.machine


def baseline_of(attribution: Attribution, lock: Lock | None = None) -> Baseline:
    """What is kept of an attribution; ``lock`` is that of the selection which the file was built from."""
    code = [0] * len(attribution.owners)
    functions = [0] * len(attribution.owners)
    sources: dict[str, Sizes] = {}
    for part in attribution.parts:
        if is_code(part):
            code[part.owner] += part.file_size
            functions[part.owner] += bool(part.symbol)
        if part.source and attribution.owners[part.owner].kind not in _WHOLE:
            total = sources.setdefault(part.source, Sizes())
            total.file_size += part.file_size
            total.loaded_size += part.loaded_size
    told = any(functions)
    numbers = {owner: number for number, owner in enumerate(attribution.owners)}
    owners = [
        Measured(
            _brief(owner, sizes.file_size),
            sizes.file_size,
            sizes.loaded_size,
            code[numbers[owner]] if told else None,
            functions[numbers[owner]] if told else None,
        )
        for owner, sizes in by_owner(attribution)
    ]
    return Baseline(
        file=attribution.file,
        kind=attribution.kind,
        machine=attribution.machine,
        file_size=attribution.file_size,
        loaded_size=attribution.loaded_size,
        owners=merged(owners),
        sections=tuple(sorted(by_section(attribution).items())),
        sources=tuple(sorted(sources.items())),
        build=attribution.build,
        evidence=attribution.evidence,
        unselected=_unselected(attribution) if lock is not None and told else None,
        lock=_kept(lock) if lock is not None else None,
    )


def _kept(lock: Lock) -> Lock:
    """A lock without who made it how, and without the files that no op or kernel of it is in."""
    named = {op.file for op in lock.ops} | {kernel.file for op in lock.ops for kernel in op.kernels}
    return replace(lock, commands=(), files=tuple(sorted(named - {""})))


def _brief(owner: Owner, size: int) -> Owner:
    """An owner without what nothing is summed by: the several classes and dtypes of shared code.

    Code of some hundred bytes has so many different sharers that to list them all takes more than the code.
    """
    if owner.kind != KERNEL or len(owner.ops) < 2:
        return owner
    name = owner.name if size >= _LEAST_SHARED else _SMALL
    classes, dtypes = (values if len(values) == 1 else () for values in (owner.classes, owner.dtypes))
    return Owner(name, KERNEL, owner.ops, classes, dtypes, owner.models)


def merged(owners: Iterable[Measured]) -> tuple[Measured, ...]:
    """As a baseline has them: in order, and one of each kind and name."""
    found: dict[tuple[str, str], Measured] = {}
    for row in owners:
        key = (row.owner.kind, row.owner.name)
        found[key] = _together(found[key], row) if key in found else row
    return tuple(found[key] for key in sorted(found))


def _together(one: Measured, other: Measured) -> Measured:
    def union(name: str) -> tuple[str, ...]:
        return tuple(sorted({*getattr(one.owner, name), *getattr(other.owner, name)}))

    owner = Owner(one.owner.name, one.owner.kind, union("ops"), union("classes"), union("dtypes"), union("models"))
    return Measured(
        owner,
        one.file_size + other.file_size,
        one.loaded_size + other.loaded_size,
        _sum(one.code_size, other.code_size),
        _sum(one.functions, other.functions),
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return one + other if one is not None and other is not None else None


def is_code(part: Part) -> bool:
    """Whether it lies in a section of functions."""
    return CODE.fullmatch(part.section) is not None


def _unselected(attribution: Attribution) -> tuple[int, tuple[str, ...]]:
    """By their tables of virtual functions, which every kernel class has."""
    kernels = [owner for owner in attribution.owners if owner.kind == KERNEL and owner.classes]
    texts = sorted({text for owner in kernels for text in owner.classes})
    selected = [comparable(text) for text in texts]
    bases = {base_name(text) for text in texts}
    found: set[str] = set()
    for name in _tables(attribution):
        # Functors and devices have tables too; a kernel is called like another one, or ends with Op.
        base = base_name(name)
        if (base in bases or base.endswith("Op")) and not any(mentions(name, text) for text in selected):
            found.add(name)
    return len(found), tuple(sorted(found)[:MOST_UNSELECTED])


def _tables(attribution: Attribution) -> Iterator[str]:
    for part in attribution.parts:
        if attribution.owners[part.owner].kind != KERNEL:
            continue
        for symbol in (part.symbol, *part.shared):
            if symbol.startswith(_TABLE):
                yield symbol.removeprefix(_TABLE).removeprefix("tensorflow::")
