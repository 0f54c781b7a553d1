"""Numbers the owners of one file, and tells whose something is by all that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from opsieve.selection.selection import Selection
from opsieve.size.attribution import KERNEL, OP, PACKAGE, PROTOS, RUNTIME, TOOLCHAIN, Owner
from opsieve.size.owners.kernels import Kernels, shared_owner
from opsieve.size.owners.known import known
from opsieve.size.owners.objects import Objects
from opsieve.size.owners.symbols import SymbolOwners, message_classes

Owned = tuple[int, str]
_COMMON = "code that sources of several kinds have"


class Owning:
    """``readable`` demangles a symbol, as far as that is known; ``symbols`` are all that there are.

    ``several`` has the objects of symbols that more than one defines.
    """

    several: Mapping[str, tuple[str, ...]]

    def __init__(self, selection: Selection | None, readable: Callable[[str], str], symbols: Iterable[str]) -> None:
        self._kernels = Kernels(selection, readable) if selection is not None else None
        self._selected = {source.path: source.kind for source in selection.sources} if selection is not None else {}
        files = self._kernels.files() if self._kernels is not None else {}
        self._objects = Objects(self._selected)
        self._symbols = SymbolOwners(message_classes(symbols), files)
        self.several = {}
        self._numbers: dict[Owner, int] = {}
        self._owners: list[Owner] = []
        self._shared: dict[str, Owned | None] = {}
        self._of_objects: dict[str, Owned | str | None] = {}
        self._in_sources: dict[tuple[str, str], Owned] = {}
        self._of_symbols: dict[str, Owned] = {}
        self._of_several_objects: dict[tuple[str, ...], Owned] = {}

    def all(self) -> tuple[Owner, ...]:
        """The owners, by number."""
        return tuple(self._owners)

    def number(self, owner: Owner) -> int:
        """The number of an owner."""
        found = self._numbers.get(owner)
        if found is None:
            found = self._numbers[owner] = len(self._owners)
            self._owners.append(owner)
        return found

    def of_object(self, name: str, symbol: str) -> Owned | None:
        """Whose a symbol in an object is, or without one the rest of the object, and its source; None if unknown."""
        found = self._told_by_object(name, symbol)
        return self._of_several(symbol) or found if symbol in self.several else found

    def _of_several(self, symbol: str) -> Owned | None:
        """Of a symbol that several objects define, when they have different owners."""
        if symbol not in self._shared:
            self._shared[symbol] = None
            owners = {self._of_one(name, symbol) for name in self.several[symbol]}
            if len(owners) > 1:
                self._shared[symbol] = self.number(self._common(owners, symbol)), ""
        return self._shared[symbol]

    def _of_one(self, name: str, symbol: str) -> Owner | None:
        found = self._told_by_object(name, symbol)
        return self._owners[found[0]] if found is not None else None

    def _told_by_object(self, name: str, symbol: str) -> Owned | None:
        """The same, whatever other objects define."""
        if name not in self._of_objects:
            self._of_objects[name] = self._of_object(name)
        found = self._of_objects[name]
        return self._in_source(found, symbol) if isinstance(found, str) else found

    def _common(self, owners: set[Owner | None], symbol: str) -> Owner:
        """Who owns what some owners share: those kernels; else the package whose template it is, or nobody of them."""
        known_owners = [owner for owner in owners if owner is not None]
        if all(owner.kind in (KERNEL, OP) and owner.ops for owner in known_owners):
            return shared_owner(known_owners)
        same = _of_one_kind({owner.kind for owner in known_owners})
        if same is not None:
            return same
        named = self._symbols.owner(symbol)
        return named if named.kind in (PACKAGE, TOOLCHAIN) else Owner(_COMMON, RUNTIME)

    def of_objects(self, names: tuple[str, ...]) -> Owned:
        """Whose a string is that objects have, and its source if that is one."""
        if names not in self._of_several_objects:
            told = {self._told_by_object(name, "") or (self.number(Owner(_COMMON, RUNTIME)), "") for name in names}
            numbers = {number for number, _ in told}
            if len(told) == 1:
                found = told.pop()
            elif len(numbers) == 1:
                found = numbers.pop(), ""
            else:
                found = self.number(_common_string({self._owners[number] for number in numbers})), ""
            self._of_several_objects[names] = found
        return self._of_several_objects[names]

    def of_symbol(self, symbol: str) -> Owned:
        """Whose a symbol is by its name; its source is not known."""
        found = self._of_symbols.get(symbol)
        if found is None:
            owner = self._kernels.owner_of_symbol(symbol) if self._kernels is not None else None
            owner = owner or self._symbols.owner(symbol)
            found = self._of_symbols[symbol] = (self.number(owner), "")
        return found

    def is_unsure(self, name: str) -> bool:
        """Whether an object of an archive has a name that can be anybody's."""
        origin = self._objects.origin(name)
        return origin is not None and not origin.sure

    def learn(self, name: str, sizes: Iterable[tuple[str, int]]) -> None:
        """Tell whose such an object is by most of its code. ``sizes`` of its symbols, in bytes."""
        origin = self._objects.origin(name)
        totals: dict[Owner, int] = {}
        for symbol, size in sizes:
            owner = self._symbols.owner(symbol)
            if owner.name not in known().header_only and owner.kind != TOOLCHAIN:
                totals[owner] = totals.get(owner, 0) + size
        most = max(totals, key=lambda owner: (totals[owner], owner.name), default=None)
        if origin is not None and most is not None and most.kind in (RUNTIME, PROTOS, PACKAGE):
            owner = most if most.kind == PACKAGE else Owner(origin.source, most.kind)
            self._of_objects[name] = self.number(owner), origin.source

    def _of_object(self, name: str) -> Owned | str | None:
        """The owner; or for a selected source, where it depends on the symbol, that."""
        origin = self._objects.origin(name)
        if origin is None:
            return None
        return origin.source if origin.source in self._selected else (self.number(origin.owner), origin.source)

    def _in_source(self, source: str, symbol: str) -> Owned:
        found = self._in_sources.get((source, symbol))
        if found is None:
            assert self._kernels is not None
            found = self.number(self._kernels.owner_in(source, symbol)), source
            self._in_sources[source, symbol] = found
        return found


def _of_one_kind(kinds: set[str]) -> Owner | None:
    """Who owns what several sources of one kind have."""
    kind = next(iter(kinds)) if len(kinds) == 1 else ""
    return Owner(f"code that several sources of {kind} have", kind) if kind in (PROTOS, RUNTIME) else None


def _common_string(owners: Iterable[Owner]) -> Owner:
    """Who owns a string that several owners have. There are too many sets of kernels to name each."""
    kinds = {owner.kind for owner in owners}
    if kinds <= {KERNEL, OP}:
        return Owner("strings that several kernels have", KERNEL)
    return _of_one_kind(kinds) or Owner(_COMMON, RUNTIME)
