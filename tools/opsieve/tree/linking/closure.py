"""Which further sources a source needs to link: those that define what the headers it reaches declare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from opsieve.tree.index import Helper
from opsieve.tree.linking.declared import defined_names, promised_names
from opsieve.tree.linking.includes import ActiveText, IncludeGraph
from opsieve.tree.linking.owners import SOURCE_SUFFIXES, Owner, Owners, is_compiled

# How many sources a library has at least for its headers to be about different things.
_LARGE = 30
_HEADER_SUFFIXES = (".h", ".hpp", ".inc")


class LinkClosure:
    """Follows headers that are used to the sources behind them, through the BUILD files, until nothing is added.

    A header is used where another file of the unit mentions a name that it declares. A source is taken to be behind a
    header when it has the header's name, or when it stands in the smallest library with the header, has no header of
    its own and registers nothing (``transpose_functor_cpu.cc`` for ``transpose_functor.h``); of a large library, only
    what begins with the header's name. One that registers something is behind it if it defines a function, or members
    of a class, that the header declares (``segment_reduction_ops_impl_1.cc``). The same holds for the library that a
    source itself is part of. A header whose library has no sources at all may have them in the one that this depends on
    for its platform. That takes too many rather than too few: what is not used, a linker drops.

    ``registering``: files that hold registrations. ``given``: sources that are linked anyway, the portable runtime's.
    ``complete``: sources that are known to link with the given ones and among themselves, so that one of them needs no
    source that is not.
    ``lacks`` tells for a source which header that it reaches nobody provides, or "": such a one belongs to a part of
    TensorFlow that cannot be in the library (MLIR, gRPC), so nothing that is can need it. They are in ``refused``.
    """

    def __init__(
        self,
        tree: Path,
        includes: IncludeGraph,
        owners: Owners,
        registering: Collection[str],
        given: Collection[str] = (),
        complete: Collection[str] = (),
        lacks: Callable[[str], str] = lambda source: "",
    ) -> None:
        self._tree = tree
        self._includes = includes
        self._owners = owners
        self._registering = registering
        self._given = given
        self._complete = complete
        self._lacks = lacks
        self.refused: dict[str, str] = {}
        self._behind: dict[str, Mapping[str, str]] = {}
        self._direct: dict[str, Mapping[str, str]] = {}
        self._exists: dict[str, bool] = {}
        self._promised: dict[str, frozenset[str]] = {}
        self._implemented: dict[str, frozenset[str]] = {}
        self._common: set[str] | None = None

    def helpers(self, path: str) -> tuple[Helper, ...]:
        """Every source that ``path`` needs to link beyond what is given, by path, with the first reason for it.

        Raises:
            OpsieveError: a source, a header or a BUILD file cannot be read.
        """
        found: dict[str, str] = {}
        pending = [path]
        while pending:
            asking = pending.pop()
            for source, reason in self.needed_by(asking).items():
                if source == path or source in found or not self._may_need(asking, source):
                    continue
                found[source] = reason
                pending.append(source)
        return tuple(Helper(source, found[source]) for source in sorted(found))

    def _may_need(self, asking: str, source: str) -> bool:
        if source in self._given or source in self.refused:
            return False
        if asking in self._complete and source not in self._complete:
            return False
        if header := self._lacks(source):
            self.refused[source] = header
            return False
        return True

    def needed_by(self, path: str) -> Mapping[str, str]:
        """The sources that one source needs by itself, each with the reason."""
        if path not in self._direct:
            found: dict[str, str] = {}
            active = self._includes.active(path)
            for header, includer in active.reached.headers.items():
                behind = {
                    source: target
                    for source, target in self.behind(header).items()
                    if source != path and source not in found and source not in self._given
                }
                # Looked at only where it matters: most headers are the portable runtime's.
                if behind and (not includer or self._is_used(header, active)):
                    found.update((source, _reason(header, includer, target)) for source, target in behind.items())
            self._direct[path] = found
        return self._direct[path]

    def _is_used(self, header: str, active: ActiveText) -> bool:
        """Whether anything else of a unit mentions a name that the header declares; also where that cannot be told."""
        if self._common is None:
            self._common = {each for source in self._given for each in self._includes.reached(source).headers}
        names = active.declared(header)
        # The runtime's headers may name a class of a kernel as a friend, but nothing of what they do can need it.
        besides = {header} if header in self._common else self._common
        return not names or active.mentions(names, besides if header in besides else {*besides, header})

    def behind(self, path: str) -> Mapping[str, str]:
        """The sources behind a header, and those that belong to a source, with the label of the target or ""."""
        if path not in self._behind:
            self._behind[path] = self._find(path)
        return self._behind[path]

    def _find(self, path: str) -> Mapping[str, str]:
        owners = self._owners.of(path)
        found = {}
        if not path.endswith(SOURCE_SUFFIXES):
            for source in _same_name(path, SOURCE_SUFFIXES):
                if is_compiled(source) and self._is_file(source):
                    found[source] = _label_of(source, owners)
        own = next((owner for owner in owners if owner.sources), None)
        if own is not None:
            everything = len(own.sources) <= _LARGE and not found
            start = f"{path[: path.rfind('.')]}_"
            for source in own.sources:
                if source == path:
                    continue
                # concat_lib_cpu.cc is concat_lib.h's, although there is a concat_lib_cpu.h.
                near = source.startswith(start) or (everything and not self._has_header(source))
                if near and (source not in self._registering or self._implements(source, path)):
                    found.setdefault(source, own.label)
        if not found and own is None:
            for label in dict.fromkeys(label for owner in owners for label in owner.platform):
                found.update((source, label) for source in self._owners.sources(label) if source != path)
        return found

    def _implements(self, source: str, header: str) -> bool:
        """Whether a source defines what a header promises, for others too."""
        if header.endswith(SOURCE_SUFFIXES):
            return False
        if header not in self._promised:
            self._promised[header] = promised_names(self._includes.code(header))
        if source not in self._implemented:
            self._implemented[source] = defined_names(self._includes.code(source))
        return not self._promised[header].isdisjoint(self._implemented[source])

    def _has_header(self, source: str) -> bool:
        return any(self._is_file(header) for header in _same_name(source, _HEADER_SUFFIXES))

    def _is_file(self, path: str) -> bool:
        if path not in self._exists:
            self._exists[path] = (self._tree / path).is_file()
        return self._exists[path]


def _same_name(path: str, suffixes: Iterable[str]) -> list[str]:
    stem = path[: path.rfind(".")]
    return [f"{stem}{suffix}" for suffix in suffixes]


def _label_of(source: str, owners: Iterable[Owner]) -> str:
    return next((owner.label for owner in owners if source in owner.sources), "")


def _reason(header: str, includer: str, target: str) -> str:
    if not includer:
        return f"belongs to {header}; {target}"
    where = f"; {target}" if target else ""
    return f"its header {header} is included by {includer}{where}"
