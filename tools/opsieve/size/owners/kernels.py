"""Which of a selection's kernels own code, told by its source and its symbol."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from opsieve.selection.selection import SelectedKernel, Selection
from opsieve.size.attribution import KERNEL, OP, Owner
from opsieve.size.owners.class_texts import base_name, comparable, computed_with, elements, mentions

_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class _Class:
    """A kernel class of one source; ``owner`` has every op that is registered with it.

    ``template``: of one with arguments, what stands before them.
    """

    owner: Owner
    source: str
    comparable: str
    base: str
    template: str
    elements: frozenset[str]


class Kernels:
    """A selection's kernels, ops and sources as owners.

    ``readable`` demangles a symbol; where it cannot, classes are told by their names without template arguments.
    """

    def __init__(self, selection: Selection, readable: Callable[[str], str]) -> None:
        self._readable = readable
        self._models = _models(selection)
        self._sources = {source.path: source for source in selection.sources}
        self._classes: dict[str, list[_Class]] = {}
        # By the identities of its classes, which live as long as this: they are many, and compared often.
        self._sharing: dict[tuple[int, ...], Owner] = {}
        for kernels in _by_class(selection.kernels):
            found = self._class(kernels)
            self._classes.setdefault(found.source, []).append(found)
        every = [found for classes in self._classes.values() for found in classes]
        self._by_base: dict[str, list[_Class]] = {}
        for each in every:
            self._by_base.setdefault(f"{len(each.base)}{each.base}", []).append(each)
        bases = "|".join(sorted(map(re.escape, self._by_base)))
        self._mangled = re.compile(rf"(?<!\d)(?:{bases})(?![a-z])" if bases else "(?!)")
        self.owner_in = lru_cache(maxsize=None)(self._owner_in)
        self.owner_of_symbol = lru_cache(maxsize=None)(self._owner_of_symbol)

    def files(self) -> dict[str, Owner]:
        """The owners of selected sources, by names that only one of them has."""
        found: dict[str, list[str]] = {}
        for path in self._sources:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return {name: self.owner_in(paths[0], "") for name, paths in found.items() if len(paths) == 1}

    def _owner_in(self, source: str, symbol: str) -> Owner:
        """Of code in a selected source: one kernel's, or that of several."""
        row = self._sources[source]
        classes = self._classes.get(source, [])
        if row.kind == "op" or not classes:
            ops = tuple(sorted(set(row.reasons) & self._models.keys()))
            return Owner(source, OP if row.kind == "op" else KERNEL, ops, models=self._models_of(ops))
        if len(classes) > 1 and symbol:
            classes = _told_apart(classes, self._readable(symbol))
        if len(classes) == 1:
            return classes[0].owner
        which = tuple(map(id, classes))
        if which not in self._sharing:
            self._sharing[which] = _shared(source, classes, len(self._classes[source]))
        return self._sharing[which]

    def _owner_of_symbol(self, symbol: str) -> Owner | None:
        """Of code whose source is not known: the selected kernels whose classes its name has, if any."""
        found = set(self._mangled.findall(symbol)) if "tensorflow" in symbol else set()
        candidates = [each for base in sorted(found) for each in self._by_base[base]]
        if not candidates:
            return None
        readable = self._readable(symbol)
        if readable != symbol:
            candidates = [each for each in candidates if mentions(readable, each.comparable)]
        if len(candidates) < 2:
            return candidates[0].owner if candidates else None
        sources = {each.source for each in candidates}
        return _shared(sources.pop() if len(sources) == 1 else "", candidates, 0)

    def _class(self, kernels: Sequence[SelectedKernel]) -> _Class:
        first = kernels[0]
        ops = tuple(sorted({kernel.op for kernel in kernels}))
        dtypes = {dtype for kernel in kernels for types in kernel.constraints.values() for dtype in types}
        models = {reason.model for kernel in kernels for reason in kernel.reasons}
        name = f"{', '.join(ops)}/{first.class_text}"
        owner = Owner(name, KERNEL, ops, (first.class_text,), tuple(sorted(dtypes)), tuple(sorted(models)))
        text = comparable(first.class_text)
        template = text.partition("<")[0] if text.endswith(">") else ""
        return _Class(owner, first.file, text, base_name(first.class_text), template, elements(text))

    def _models_of(self, ops: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted({model for op in ops for model in self._models[op]}))


def _models(selection: Selection) -> dict[str, set[str]]:
    models: dict[str, set[str]] = {}
    for row in selection.ops:
        models.setdefault(row.name, set()).update(reason.model for reason in row.reasons)
    for kernel in selection.kernels:
        models.setdefault(kernel.op, set()).update(reason.model for reason in kernel.reasons)
    return models


def _by_class(kernels: Iterable[SelectedKernel]) -> list[list[SelectedKernel]]:
    found: dict[tuple[str, str], list[SelectedKernel]] = {}
    for kernel in kernels:
        found.setdefault((kernel.file, comparable(kernel.class_text)), []).append(kernel)
    return list(found.values())


def _told_apart(classes: list[_Class], readable: str) -> list[_Class]:
    """Those of a source's classes that a symbol can belong to: that it names, or that compute with the same types."""
    templates = {each.template for each in classes}
    # Most have the same name, with other arguments.
    absent = {name for name in templates if name and (name not in readable or f"{name}<" not in comparable(readable))}
    named = [each for each in classes if each.template not in absent and mentions(readable, each.comparable)]
    if named:
        return named
    bases = {base for base in {each.base for each in classes} if _names(base, readable)}
    classes = [each for each in classes if each.base in bases] if bases else classes
    telling = _telling(tuple([each.elements for each in classes]))
    types = computed_with(comparable(readable)) & telling if telling else telling
    return [each for each in classes if types <= each.elements] or classes if types else classes


def _names(base: str, readable: str) -> bool:
    return base in readable and _word(base).search(readable) is not None


@lru_cache(maxsize=4096)
def _word(base: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z_]){re.escape(base)}(?![a-z])")


@lru_cache(maxsize=4096)
def _telling(elements: tuple[frozenset[str], ...]) -> frozenset[str]:
    """The types that some have and others have not."""
    return frozenset().union(*elements) - elements[0].intersection(*elements)


def _shared(source: str, classes: Sequence[_Class], every: int) -> Owner:
    """Several kernels' owner: named after their source, and when it is not of all of its kernels, after them."""
    owner = shared_owner([each.owner for each in classes], source)
    return owner if len(classes) != every else replace(owner, name=source)


def shared_owner(owners: Sequence[Owner], source: str = "") -> Owner:
    """What kernels, op definitions and helpers own together."""
    ops = _union(owner.ops for owner in owners)
    texts = _union(owner.classes for owner in owners)
    shown = ops if len(ops) > 1 else texts or ops
    named = ", ".join(shown[:_MOST_NAMED]) + (f" and {len(shown) - _MOST_NAMED} more" * (len(shown) > _MOST_NAMED))
    name = f"{source} ({named})" if source else f"shared by {named}"
    return Owner(name, KERNEL, ops, texts, _union(o.dtypes for o in owners), _union(o.models for o in owners))


def _union(values: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({each for value in values for each in value}))
