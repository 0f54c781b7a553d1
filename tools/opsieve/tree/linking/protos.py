"""The .proto files of a tree: what they import and declare, read without protoc."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.tree.limits import MAX_FILE_BYTES
from opsieve.tree.sources import read_source
from opsieve.tree.store import INCLUDE_ROOTS

_TOKEN = re.compile(
    r"""//[^\n]*|/\*[\s\S]*?\*/|(?P<token>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_][\w.]*|-?\d[\w.+]*|\S)"""
)
_MAX_NESTING = 64


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum: its C++ name within the package (``Outer_Inner``), and its values (name, number) as they stand."""

    name: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Proto:
    """A .proto file.

    ``path`` is relative to the tree, ``name`` what others import it by; ``root`` and ``name`` make the path.
    ``imports``: as written. ``messages``: C++ names within the package (``Outer_Inner``), those of maps not counted.
    """

    path: str
    root: str
    name: str
    package: str
    imports: tuple[str, ...]
    messages: tuple[str, ...]
    enums: tuple[Enum, ...]


class ProtoFiles:
    """The .proto files of a tree by the name that #include and import use."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._roots = [root for root in INCLUDE_ROOTS if (tree / root).is_dir()]
        self._known: dict[str, Proto | None] = {}

    @property
    def read(self) -> list[str]:
        """The files that were read so far."""
        return [proto.path for proto in self._known.values() if proto is not None]

    def find(self, name: str) -> Proto | None:
        """The file that ``import "name"`` means, or None where it is not in the tree.

        Raises:
            OpsieveError: it cannot be read, or is not a .proto file.
        """
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def behind(self, header: str) -> Proto | None:
        """The file that a generated header (``x.pb.h``, ``x.proto.h``) is made from, or None."""
        for suffix in (".pb.h", ".proto.h", ".pb_text.h"):
            if header.endswith(suffix):
                return self.find(f"{header[: -len(suffix)]}.proto")
        return None

    def closure(self, names: Iterable[str]) -> tuple[dict[str, Proto], dict[str, str]]:
        """The files of these names and all that they import, by name; and imports that are not in the tree, by what
        imports them."""
        found: dict[str, Proto] = {}
        absent: dict[str, str] = {}
        pending = [(name, "") for name in names]
        while pending:
            name, importer = pending.pop()
            if name in found:
                continue
            proto = self.find(name)
            if proto is None:
                absent.setdefault(name, importer)
                continue
            found[name] = proto
            pending.extend((imported, proto.path) for imported in proto.imports)
        return dict(sorted(found.items())), dict(sorted(absent.items()))

    def _read(self, name: str) -> Proto | None:
        if name.startswith("/") or ".." in name.split("/"):
            return None
        for root in self._roots:
            path = f"{root}/{name}" if root else name
            if (self._tree / path).is_file():
                return _parse(path, root, name, read_source(f"{self._tree}/{path}"))
        return None


def _parse(path: str, root: str, name: str, source: bytes) -> Proto:
    if len(source) > MAX_FILE_BYTES:
        raise OpsieveError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB, which no .proto file is")
    text = source.decode("utf-8", "replace")
    words = [(match["token"], match.start()) for match in _TOKEN.finditer(text) if match["token"] is not None]
    package = ""
    imports: list[str] = []
    messages: list[str] = []
    enums: list[Enum] = []
    # What each open brace belongs to: the name of a message, or None where nothing is declared in it.
    open_names: list[str | None] = []
    position = 0
    while position < len(words):
        word, offset = words[position]
        following = words[position + 1][0] if position + 1 < len(words) else ""
        starts = position == 0 or words[position - 1][0] in ("{", "}", ";")
        if word == "{":
            if len(open_names) >= _MAX_NESTING:
                raise OpsieveError(f"{path}: braces nest deeper than {_MAX_NESTING}, at byte {offset}")
            open_names.append(None)
        elif word == "}":
            if not open_names:
                raise OpsieveError(f"{path}: a closing brace without an opening one, at byte {offset}")
            open_names.pop()
        elif starts and not open_names and word == "package":
            package = following
        elif starts and not open_names and word == "import":
            spelled = (
                following if following[:1] in "\"'" else words[position + 2][0] if position + 2 < len(words) else ""
            )
            imports.append(spelled.strip("\"'"))
        elif starts and None not in open_names and word in ("message", "enum") and _opens(words, position + 2):
            outer = open_names[-1] if open_names else None
            full = f"{outer}_{following}" if outer else following
            if word == "message":
                messages.append(full)
                open_names.append(full)
                position += 2
            else:
                enums.append(Enum(full, tuple(_values(words, position + 3))))
        position += 1
    return Proto(path, root, name, package, tuple(imports), tuple(messages), tuple(enums))


def _opens(words: list[tuple[str, int]], position: int) -> bool:
    return position < len(words) and words[position][0] == "{"


def _values(words: list[tuple[str, int]], position: int) -> Iterator[tuple[str, int]]:
    """The ``NAME = NUMBER`` of an enum's body."""
    while position + 2 < len(words) and words[position][0] != "}":
        name, number = words[position][0], words[position + 2][0]
        if words[position + 1][0] == "=" and name.isidentifier() and name not in ("option", "reserved"):
            with contextlib.suppress(ValueError):
                yield name, int(number, 0)
        # To the end of this statement: options in brackets hold no semicolon.
        while position < len(words) and words[position][0] not in (";", "}"):
            position += 1
        if position < len(words) and words[position][0] == ";":
            position += 1
