"""Who owns code, told by the name of its symbol alone, as the Itanium C++ ABI makes it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from opsieve.size.attribution import PACKAGE, PROGRAM, PROTOS, RUNTIME, UNATTRIBUTED, Owner
from opsieve.size.owners.known import known

# What stands before a name's first part: tables, guards and thunks of it, functions that it is local to, qualifiers.
_BEFORE = re.compile(
    r"_{1,2}Z(?:GV|GR|GTt|T[VTISJWH]|T[hv]n?\d+_(?:n?\d+_)?|Tc(?:[hv]n?\d+_(?:n?\d+_)?){2}|[ZNKVrROL])*"
)
_LENGTH = re.compile(r"\d{1,4}")
_STD = re.compile(r"S[tabsiod]")
_DEEPEST = 6
_FILE = re.compile(r"_GLOBAL__(?:sub_)?I[_.](?:\d+_)?(?P<file>[\w.+-]+)$")
_PROTO_FILE = re.compile(r"\.(?:pb|proto)\.\w+$")
_DEFAULT_INSTANCE = re.compile(
    r"_default_instance_|default_instances$|_default_type_internal|TableStruct_|descriptor_table_|file_level_"
)
# Templates of these are what others make of them.
_TEMPLATES = frozenset((("std",), ("__gnu_cxx",)))


def parts_of(name: str) -> tuple[str, ...]:
    """The first parts of a mangled C++ name: ``("tensorflow", "Tensor", "Tensor")``; nothing for other names."""
    found = _BEFORE.match(name)
    if found is None:
        return ()
    at = found.end()
    parts: list[str] = []
    if _STD.match(name, at):
        parts.append("std")
        at += 2
    while len(parts) < _DEEPEST:
        length = _LENGTH.match(name, at)
        if length is None:
            break
        start = length.end()
        at = start + int(length[0])
        if at > len(name):
            break
        parts.append(name[start:at])
    return tuple(parts)


def message_classes(names: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """The message classes whose methods are among the symbols: those that protoc gives each of them."""
    return frozenset(
        parts_of(name)[:-1] for name in names if name.endswith(("12ByteSizeLongEv", "13GetCachedSizeEv"))
    ) - {()}


class SymbolOwners:
    """Owners by name. ``messages``: the message classes that are there."""

    def __init__(self, messages: frozenset[tuple[str, ...]], files: dict[str, Owner] | None = None) -> None:
        self._messages = messages
        self._files = files or {}
        rows = known().namespaces
        self._mentioned = [
            ("".join(f"{len(part)}{part}" for part in parts), owner)
            for parts, owner in rows.items()
            if parts not in _TEMPLATES
        ]
        self._mention = re.compile("|".join(re.escape(text) for text, _ in self._mentioned))
        self._by_text = dict(self._mentioned)
        runtime = [text for text, owner in self._mentioned if owner.kind == RUNTIME]
        self._foreign = re.compile("|".join(map(re.escape, runtime)))
        self.owner = lru_cache(maxsize=None)(self._owner)

    def _owner(self, name: str) -> Owner:
        parts = parts_of(name)
        if not parts:
            return self._plain(name)
        owner = self._of_namespace(name, parts)
        if owner.kind != PACKAGE:
            for length in range(2, len(parts) + 1):
                if parts[:length] in self._messages:
                    return _PROTOS
            if _DEFAULT_INSTANCE.search(parts[-1]):
                return _PROTOS
        return owner

    def _of_namespace(self, name: str, parts: tuple[str, ...]) -> Owner:
        namespaces = known().namespaces
        for length in (2, 1):
            owner = namespaces.get(parts[:length])
            if owner is not None:
                if parts[:length] in _TEMPLATES and (found := self._mention.search(name)):
                    return self._by_text[found[0]]
                # Templates of protobuf's are made for the messages of others, where those are.
                return _PROTOS if owner.name == "protobuf" and self._foreign.search(name) else owner
        if parts[0] == "_GLOBAL__N_1" or len(parts) == 1:
            found = self._mention.search(name)
            return self._by_text[found[0]] if found else _beginning(parts[-1]) or _NO_NAMESPACE
        return Owner(parts[0], PROGRAM)

    def _plain(self, name: str) -> Owner:
        """A C function, or what the compiler made for a whole file."""
        name = name.removeprefix("_") if name.startswith("__GLOBAL_") else name
        if found := _FILE.match(name):
            file = found["file"]
            if _PROTO_FILE.search(file):
                return _PROTOS
            owner = self._files.get(file)
            if owner is not None:
                return owner
            # Made from the first symbol of the file, where the compiler is not GCC.
            return self._owner(file) if file.startswith("_Z") else Owner("start-up code", RUNTIME)
        owner = _beginning(name)
        if owner is None and _DEFAULT_INSTANCE.search(name):
            owner = _PROTOS
        if owner is None and name.startswith("_Z") and (found := self._mention.search(name)):
            # Such as the type information of a function's type.
            owner = self._by_text[found[0]]
        return owner or Owner("symbols without a namespace", UNATTRIBUTED)


_PROTOS = Owner("protos", PROTOS)
_NO_NAMESPACE = Owner("code without a namespace", PROGRAM)


def _beginning(name: str) -> Owner | None:
    """By how the name of a C function or of data begins."""
    for start, owner in known().c_names:
        if name.startswith(start) and (start != "main" or name == start):
            return owner
    return None
