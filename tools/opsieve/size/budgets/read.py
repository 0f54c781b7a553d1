"""Budgets from YAML:

.. code-block:: yaml

    schema: 1
    total: 9 MB
    stripped: {at_most: 4.5 MB, growth: [20 KB, 1 %]}
    sections: {.text: 2.8 MiB}
    members: {"lib/arm64-v8a/*.so": 2 MB}
    ops:
      Conv2D: 400 KB
      "*": {at_most: 200 KB, growth: 5 %}
    targets:
      linux-aarch64:
        total: 8 MB

Every value is checked when it is read; what is not known is an error with its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from opsieve.errors import OpsieveError
from opsieve.files import read_limited
from opsieve.size.amounts import parse_amount, parse_percent
from opsieve.size.attribution import OWNER_KINDS
from opsieve.size.budgets.limits import NAMED, WHOLE, Limit

if TYPE_CHECKING:
    from yaml import Event, Node

SCHEMA = 1
MAX_SIZE = 1 << 20
"""Bytes."""

_HINT = "docs/size-budgets.md has examples"
_BOUNDS = ("at_most", "growth")
_MAX_DEPTH = 8


def read_budgets(path: Path | str) -> tuple[Limit, ...]:
    """The limits of a file, in its order.

    Raises:
        OpsieveError: it cannot be read or is not such a file, with its line; or there is no limit in it.
    """
    content = read_limited(path, MAX_SIZE, "that is no file of budgets", _HINT)
    limits = tuple(_Reader(str(path)).limits(content))
    if not limits:
        raise OpsieveError(f"{path}: sets no limit, so there is nothing to check", hint=_HINT)
    return limits


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path

    def limits(self, content: bytes) -> Iterator[Limit]:
        top = self._document(content)
        if top is None:
            return
        members = dict(self._members(top, ("schema", "targets", *WHOLE, *NAMED)))
        schema = members.pop("schema", None)
        if schema is not None and self._text(schema) != str(SCHEMA):
            self._wrong(schema, f"schema {self._text(schema)[:80]!r}; this opsieve reads schema {SCHEMA}")
        targets = members.pop("targets", None)
        yield from self._block(members, "")
        if targets is not None:
            for pattern, block in self._members(targets):
                yield from self._block(dict(self._members(block, (*WHOLE, *NAMED))), pattern)

    def _block(self, members: dict[str, Node], target: str) -> Iterator[Limit]:
        for name, node in members.items():
            if name in WHOLE:
                yield self._limit(node, name, "", target)
                continue
            for pattern, bounds in self._members(node):
                if name == "kinds" and not set(pattern) & set("*?[") and pattern not in OWNER_KINDS:
                    self._wrong(bounds, f"{pattern[:80]!r} is no kind of owner; known are {', '.join(OWNER_KINDS)}")
                yield self._limit(bounds, NAMED[name], pattern, target)

    def _limit(self, node: Node, measure: str, pattern: str, target: str) -> Limit:
        from yaml import MappingNode

        if not isinstance(node, MappingNode):
            return Limit(measure, pattern, target, _line(node), self._size(node))
        members = dict(self._members(node, _BOUNDS))
        if not members:
            self._wrong(node, f"expected a size, or one of {', '.join(_BOUNDS)}")
        at_most = self._size(members["at_most"]) if "at_most" in members else None
        growth, percent = self._growth(members["growth"]) if "growth" in members else (None, None)
        return Limit(measure, pattern, target, _line(node), at_most, growth, percent)

    def _growth(self, node: Node) -> tuple[int | None, Decimal | None]:
        from yaml import SequenceNode

        growth: int | None = None
        percent: Decimal | None = None
        for each in node.value if isinstance(node, SequenceNode) else [node]:
            hundredths = parse_percent(self._text(each))
            if (growth if hundredths is None else percent) is not None:
                self._wrong(each, "a growth has one size and one percentage at most")
            if hundredths is None:
                growth = self._size(each)
            else:
                percent = hundredths
        if growth is None and percent is None:
            self._wrong(node, "expected a size or a percentage")
        return growth, percent

    def _size(self, node: Node) -> int:
        text = self._text(node)
        try:
            return parse_amount(text)
        except ValueError as error:
            self._wrong(node, str(error))

    def _text(self, node: Node) -> str:
        from yaml import ScalarNode

        if not isinstance(node, ScalarNode) or not node.value:
            self._wrong(node, "expected a size")
        return str(node.value)

    def _members(self, node: Node, known: tuple[str, ...] = ()) -> Iterator[tuple[str, Node]]:
        """All of a mapping; ``known``: the only keys that it may have."""
        from yaml import MappingNode, ScalarNode

        if not isinstance(node, MappingNode):
            self._wrong(node, "expected 'name: size' lines")
        found: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or not key.value:
                self._wrong(key, "a name must be a text")
            if known and key.value not in known:
                self._wrong(key, f"unknown key {key.value[:80]!r}; known are {', '.join(known)}")
            if key.value in found:
                self._wrong(key, f"{key.value[:80]!r} is there twice")
            found.add(key.value)
            yield key.value, value

    def _document(self, content: bytes) -> Node | None:
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            text = content.decode("utf-8-sig")
            # Only the nodes: nothing is constructed.
            self._refuse(text, loader)
            return yaml.compose(text, Loader=loader)
        except UnicodeDecodeError as error:
            raise OpsieveError(f"{self._path}: is not UTF-8, at byte {error.start}", hint=_HINT) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join(part for part in (error.problem, error.context) if part)
            where = f"{self._path}:{mark.line + 1}" if mark is not None else self._path
            raise OpsieveError(f"{where}: is not YAML: {what}", hint=_HINT) from None
        except yaml.YAMLError as error:
            raise OpsieveError(f"{self._path}: is not YAML: {str(error).splitlines()[0]}", hint=_HINT) from None

    def _refuse(self, text: str, loader: Any) -> None:
        """Aliases, whose sum has no bound, tags, and what nests too deep."""
        from yaml import events, parse

        depth = 0
        for event in parse(text, Loader=loader):
            depth += isinstance(event, events.CollectionStartEvent)
            depth -= isinstance(event, events.CollectionEndEvent)
            what = (
                "aliases are not allowed"
                if isinstance(event, events.AliasEvent)
                else "tags are not allowed"
                if getattr(event, "tag", None)
                else "lists and mappings nest too deep"
                if depth > _MAX_DEPTH
                else ""
            )
            if what:
                self._wrong(event, what)

    def _wrong(self, node: Node | Event, what: str) -> NoReturn:
        raise OpsieveError(f"{self._path}:{_line(node)}: {what}", hint=_HINT)


def _line(node: Node | Event) -> int:
    mark = node.start_mark
    return mark.line + 1 if mark is not None else 1
