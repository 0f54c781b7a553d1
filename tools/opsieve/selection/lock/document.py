"""YAML of strangers as plain values that know their line and column.

The events of the parser are read one by one: nothing is constructed, aliases and tags are refused, depth is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from yaml.events import Event

_Row = TypeVar("_Row")

_MAX_DEPTH = 8
_LONGEST_SHOWN = 60
_HINT = "Make the lock again with `opsieve lock`, or take the version that was committed"
# What git and others leave in a file: https://git-scm.com/docs/git-merge, "How conflicts are presented".
_MARKER = re.compile(r"^(?:<{7}|>{7}|\|{7})(?=[ \r\n]|\Z)|^={7}(?=\r?$)", re.MULTILINE)
# https://yaml.org/spec/1.1/#c-printable
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN_NULLS = ("", "~", "null", "Null", "NULL")


class Value:
    """A value: ``content`` is a str (None for null), a list of Value, or a dict of key to Value."""

    __slots__ = ("content", "plain", "where")

    def __init__(self, content: Any, where: str, plain: bool = False) -> None:
        self.content = content
        self.where = where
        self.plain = plain

    def member(self, key: str) -> Value:
        """The value of a key of a mapping that must be there."""
        found = self.members().get(key)
        if found is None:
            raise OpsieveError(f"{self.where}: {key!r} is missing here", hint=_HINT)
        return found

    def optional(self, key: str) -> Value | None:
        """The value of a key of a mapping, if it is there."""
        return self.members().get(key)

    def members(self) -> Mapping[str, Value]:
        """All of a mapping."""
        if not isinstance(self.content, dict):
            self.wrong("'key: value' lines")
        return self.content

    def mapping(self, read: Callable[[Value], _Row]) -> dict[str, _Row]:
        """All of a mapping, in order of the keys."""
        return {key: read(value) for key, value in sorted(self.members().items())}

    def items(self, read: Callable[[Value], _Row]) -> tuple[_Row, ...]:
        """All of a list."""
        if not isinstance(self.content, list):
            self.wrong("a list")
        return tuple(map(read, self.content))

    def text(self) -> str:
        """A string."""
        if not isinstance(self.content, str):
            self.wrong("a text")
        return self.content

    def texts(self) -> tuple[str, ...]:
        """A list of strings."""
        return self.items(Value.text)

    def integer(self) -> int:
        """A whole number of at most 64 bits or so."""
        if not self.plain or not re.fullmatch("-?[0-9]{1,19}", self.text()):
            self.wrong("a whole number")
        return int(self.content)

    def switch(self) -> bool:
        """``on`` or ``off``."""
        if self.content not in ("on", "off"):
            self.wrong("on or off")
        return bool(self.content == "on")

    def value(self) -> str | int | bool:
        """A string, a whole number or a boolean."""
        if self.plain and self.content in ("true", "false"):
            return bool(self.content == "true")
        if self.plain and re.match("-?[0-9]", self.content or ""):
            return self.integer()
        return self.text()

    def wrong(self, expected: str) -> NoReturn:
        """This is not what belongs here."""
        found = {dict: "'key: value' lines", list: "a list", type(None): "nothing"}.get(type(self.content))
        raise OpsieveError(
            f"{self.where}: expected {expected}, found {found or _short(repr(self.content))}", hint=_HINT
        )


def parse(raw: bytes, path: str) -> Value:
    """The one document in ``raw``, which is the content of the file ``path``.

    Raises:
        OpsieveError: it is not YAML, is more than plain lists and mappings, has the traces of an unfinished merge, or
            does not end with ``...``; with line and column.
    """
    import yaml

    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OpsieveError(f"{path}: is not UTF-8, at byte {error.start}", hint=_HINT) from None
    if not text.strip():
        raise OpsieveError(f"{path}: is empty", hint=_HINT)
    _refuse_markers(text, path)
    strange = _NOT_YAML.search(text)
    if strange:
        raise OpsieveError(
            f"{path}:{_place(text, strange.start())}: the character {strange.group()!r} has no place in YAML",
            hint=_HINT,
        )
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Reader(path, yaml.parse(text, Loader=loader)).document()
    except yaml.MarkedYAMLError as error:
        what = " ".join(part for part in (error.problem, error.context) if part)
        raise OpsieveError(
            f"{_where(path, error.problem_mark or error.context_mark)}: is not YAML: {what}", hint=_HINT
        ) from None
    except yaml.YAMLError as error:
        raise OpsieveError(f"{path}: is not YAML: {str(error).splitlines()[0]}", hint=_HINT) from None


def _refuse_markers(text: str, path: str) -> None:
    marker = _MARKER.search(text)
    if marker:
        raise OpsieveError(
            f"{path}:{_place(text, marker.start())}: {marker.group()} is what an unfinished merge leaves behind",
            hint="Take either side, then make the lock again with `opsieve lock`",
        )


def _place(text: str, position: int) -> str:
    return f"{text.count(chr(10), 0, position) + 1}:{position - text.rfind(chr(10), 0, position)}"


def _where(path: str, mark: Any) -> str:
    return f"{path}:{mark.line + 1}:{mark.column + 1}" if mark is not None else path


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


class _Reader:
    def __init__(self, path: str, events: Iterator[Event]) -> None:
        from yaml import events as kinds

        self.kinds = kinds
        self.path = path
        self.events = events

    def document(self) -> Value:
        kinds = self.kinds
        result: Value | None = None
        for event in self.events:
            if isinstance(event, kinds.DocumentStartEvent) and result is not None:
                self._fail(event, "a second YAML document starts")
            elif isinstance(event, kinds.DocumentEndEvent) and not event.explicit:
                self._fail(event, "the file ends without '...'; it was cut off")
            elif isinstance(event, kinds.NodeEvent):
                result = self._value(event, 0)
        if result is None:
            raise OpsieveError(f"{self.path}: has nothing but comments", hint=_HINT)
        return result

    def _value(self, event: Event, depth: int) -> Value:
        kinds = self.kinds
        if depth > _MAX_DEPTH:
            self._fail(event, "lists and mappings nest too deep")
        if isinstance(event, kinds.AliasEvent):
            self._fail(event, f"the alias *{_short(event.anchor)} is not allowed")
        tag: str | None = getattr(event, "tag", None)
        if tag:
            self._fail(event, f"the tag {_short(tag)} is not allowed")
        where = _where(self.path, event.start_mark)
        if isinstance(event, kinds.ScalarEvent):
            # libyaml gives the style of a plain scalar as "", the Python parser as None.
            plain = not event.style
            return Value(None if plain and event.value in _PLAIN_NULLS else event.value, where, plain)
        if isinstance(event, kinds.SequenceStartEvent):
            items = []
            while not isinstance(event := next(self.events), kinds.SequenceEndEvent):
                items.append(self._value(event, depth + 1))
            return Value(items, where)
        members: dict[str, Value] = {}
        while not isinstance(event := next(self.events), kinds.MappingEndEvent):
            key = self._value(event, depth + 1)
            if not isinstance(key.content, str):
                self._fail(event, "a key must be a text")
            if key.content in members:
                self._fail(event, f"the key {_short(repr(key.content))} is there twice")
            members[key.content] = self._value(next(self.events), depth + 1)
        return Value(members, where)

    def _fail(self, event: Event, what: str) -> NoReturn:
        raise OpsieveError(f"{_where(self.path, event.start_mark)}: {what}", hint=_HINT)
