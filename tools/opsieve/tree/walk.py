"""What every walk through a file's directives and includes does alike, whatever it looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from opsieve.errors import OpsieveError
from opsieve.tree.macros import Call, Expander, Macro
from opsieve.tree.parsed import Block, Branches, Include, Item, ParsedFile, parse_include
from opsieve.tree.store import FileStore
from opsieve.tree.tokens import spell, tokenize

_MAX_INCLUDES = 200


class Walk:
    """Where a walk is: the files and blocks it is in, and the macros that are defined there.

    ``table`` is changed as the walk goes. ``markers`` and ``report``: as of Expander.
    """

    def __init__(
        self,
        store: FileStore,
        table: dict[str, Macro],
        file: ParsedFile,
        markers: dict[str, bool],
        report: Callable[[Call], None],
    ) -> None:
        self.store = store
        self._table = table
        self._once: set[str] = set()
        self._stack: list[tuple[Iterator[Item], ParsedFile]] = [(iter(file.items), file)]
        self._expander = Expander(table, markers, report, self._finds_include, file.path)

    def _named(self, include: Include) -> Include | None:
        """The #include itself, or what the macros of a computed one come to; None where that is no name."""
        if not include.computed:
            return include
        return parse_include(spell(self._expander.expand(tokenize(include.name))), include.offset)

    def _finds_include(self, spelled: str) -> bool:
        named = parse_include(spelled, 0)
        return named is not None and self.store.included(named, self._stack[-1][1]) is not None

    def _push(self, include: Include, file: ParsedFile, target: ParsedFile) -> bool:
        """Go on in an included file, unless it has been seen and wants to be seen once.

        Raises:
            OpsieveError: includes nest deeper than any compiler takes.
        """
        if target.path in self._once:
            return False
        if target.once:
            self._once.add(target.path)
        if len(self._stack) > _MAX_INCLUDES:
            raise OpsieveError(f"{file.path}:{file.line(include.offset)}: includes nest deeper than {_MAX_INCLUDES}")
        self._stack.append((iter(target.items), target))
        return True

    def _branch(self, branches: Branches) -> Block | None:
        for condition, block in branches.branches:
            if condition(self._expander):
                return block
        return None
