"""Which headers a file of the tree really reaches under a set of defines: the tree's own, and those of others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.tree.linking.declared import declared_names
from opsieve.tree.macros import Macro, macro_table
from opsieve.tree.parsed import Block, Branches, Define, Include, ParsedFile, Text
from opsieve.tree.store import FileStore
from opsieve.tree.walk import Walk


@dataclass(frozen=True, slots=True)
class Reached:
    """What one file includes, directly and through the tree's own headers.

    ``headers``: files of the tree, each with the one that included it first; the file itself stands with "".
    ``absent``: names that are not in the tree, as #include writes them (``absl/types/span.h``, ``zlib.h``), each with
    the file of the tree that asked for it first; ``angled``: those of them asked for in angle brackets only.
    """

    headers: Mapping[str, str]
    absent: Mapping[str, str]
    angled: frozenset[str] = frozenset()


# Line splices are gone.
_DIRECTIVE = re.compile(r"^[ \t]*#.*$", re.MULTILINE)

# The active text and macros of each file; the names that text of a file declares.
Recorded = dict[str, tuple[ParsedFile, list[Text | Define]]]
DeclaredNames = dict[tuple[str, tuple[tuple[int, int], ...]], frozenset[str] | None]


class ActiveText:
    """What the conditions leave of one file and of all that it includes, before macros expand."""

    def __init__(self, reached: Reached, recorded: Recorded, known: DeclaredNames) -> None:
        self.reached = reached
        self._recorded = recorded
        self._known = known

    def declared(self, path: str) -> frozenset[str] | None:
        """The names that one of the files declares for others; None where it cannot be told."""
        if path not in self._recorded:
            return frozenset()
        file, items = self._recorded[path]
        texts = tuple((item.start, item.end) for item in items if isinstance(item, Text))
        # The same text is left of a header in nearly all files.
        if (path, texts) not in self._known:
            self._known[path, texts] = declared_names("\n".join(file.text[start:end] for start, end in texts))
        return self._known[path, texts]

    def mentions(self, names: frozenset[str], besides: Collection[str]) -> bool:
        """Whether one of ``names`` stands in any of the files, some aside."""
        for path, (_, items) in self._recorded.items():
            if path not in besides:
                for item in items:
                    if not names.isdisjoint(item.words if isinstance(item, Text) else item.macro.words):
                        return True
        return False


class IncludeGraph:
    """Follows the includes of a tree under one set of defines; headers are read once for all files.

    ``defines`` are what the compiler is given and predefines (``__linux__``): names with their values.
    """

    def __init__(self, tree: Path, defines: Mapping[str, str]) -> None:
        self.defines = dict(defines)
        self._store = FileStore(tree, frozenset())
        self._defines = macro_table(defines)
        self._known: dict[str, Reached] = {}
        self._declared: DeclaredNames = {}
        self._last: tuple[str, ActiveText] | None = None

    @property
    def read(self) -> list[str]:
        """The files of the tree that were read so far."""
        return self._store.read

    def reached(self, path: str) -> Reached:
        """What the file at ``path`` (relative to the tree) reaches; nothing at all where there is no such file.

        Raises:
            OpsieveError: it or a header cannot be read, or includes nest deeper than any compiler takes.
        """
        if path not in self._known:
            file = self._store.parsed(path)
            self._known[path] = Reached({}, {}) if file is None else self._walk(file)
        return self._known[path]

    def active(self, path: str) -> ActiveText:
        """The text of the file at ``path`` and of the headers it reaches.

        Raises:
            OpsieveError: as :meth:`reached`; or there is no such file.
        """
        if self._last is None or self._last[0] != path:
            file = self._store.parsed(path)
            if file is None:
                raise OpsieveError(f"{path}: there is no such file in the tree")
            recorded: Recorded = {}
            self._known[path] = self._walk(file, recorded)
            self._last = path, ActiveText(self._known[path], recorded, self._declared)
        return self._last[1]

    def code(self, path: str) -> str:
        """The text of one file without directives, whatever their conditions; "" where there is no such file.

        Raises:
            OpsieveError: it cannot be read.
        """
        file = self._store.parsed(path)
        return "" if file is None else _DIRECTIVE.sub("", file.text)

    def named(self, paths: Iterable[str]) -> set[str]:
        """The headers of the tree that files and their headers include under whatever condition.

        Compilers and third-party headers define macros that nobody here knows (``EIGEN_VECTORIZE_NEON``): these may be
        more than :meth:`reached` tells, and never fewer, but for those whose name a macro makes.

        Raises:
            OpsieveError: one cannot be read.
        """
        found: set[str] = set()
        waiting = [file for path in paths if (file := self._store.parsed(path)) is not None]
        while waiting:
            file = waiting.pop()
            for include in _includes(file.items):
                target = include.target if include.resolved else self._store.included(include, file)
                if target is not None and target.path not in found:
                    found.add(target.path)
                    waiting.append(target)
        return found

    def _walk(self, file: ParsedFile, record: Recorded | None = None) -> Reached:
        return _Walk(self._store, dict(self._defines), file, record).run()


def _includes(block: Block) -> Iterator[Include]:
    """Those whose names stand there, in a block and in all its branches."""
    for item in block:
        if isinstance(item, Include) and not item.computed:
            yield item
        elif isinstance(item, Branches):
            for _, inner in item.branches:
                yield from _includes(inner)


class _Walk(Walk):
    """One file preprocessed for its directives alone."""

    def __init__(
        self,
        store: FileStore,
        table: dict[str, Macro],
        file: ParsedFile,
        record: Recorded | None = None,
    ) -> None:
        super().__init__(store, table, file, {}, lambda call: None)
        self._record = record
        self._headers: dict[str, str] = {file.path: ""}
        self._absent: dict[str, str] = {}
        self._quoted: set[str] = set()

    def run(self) -> Reached:
        stack, table, record = self._stack, self._table, self._record
        while stack:
            items, file = stack[-1]
            for item in items:
                kind = type(item)
                if kind is Text:
                    if record is not None:
                        record.setdefault(file.path, (file, []))[1].append(item)  # type: ignore[arg-type]
                elif kind is Define:
                    macro = item.macro  # type: ignore[union-attr]
                    table[macro.name] = macro
                    if record is not None:
                        record.setdefault(file.path, (file, []))[1].append(item)  # type: ignore[arg-type]
                elif kind is Include:
                    target = self._target(item, file)  # type: ignore[arg-type]
                    if target is not None and target.guard not in table and self._enter(item, file, target):  # type: ignore[arg-type]
                        break
                elif kind is Branches:
                    block = self._branch(item)  # type: ignore[arg-type]
                    if block:
                        stack.append((iter(block), file))
                        break
                else:
                    table.pop(item.name, None)  # type: ignore[union-attr]
            else:
                stack.pop()
        return Reached(self._headers, self._absent, frozenset(self._absent.keys() - self._quoted))

    def _target(self, include: Include, file: ParsedFile) -> ParsedFile | None:
        named = self._named(include)
        if named is None:
            return None
        target = named.target if named.resolved else self.store.included(named, file)
        if target is None:
            self._absent.setdefault(named.name, file.path)
            if named.quoted:
                self._quoted.add(named.name)
        return target

    def _enter(self, include: Include, file: ParsedFile, target: ParsedFile) -> bool:
        if not self._push(include, file, target):
            return False
        self._headers.setdefault(target.path, file.path)
        return True
