"""The files of a source tree: finding includes, parsing each file once, and knowing which macros can register."""

from __future__ import annotations

import os
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.tree.limits import MAX_FILE_BYTES
from opsieve.tree.macros import Macro
from opsieve.tree.parsed import Include, ParsedFile, parse_file
from opsieve.tree.sources import read_source
from opsieve.tree.tokens import WORD

# Where TensorFlow's own headers stand, relative to the tree: 2.x includes "tsl/…" and "xla/…" from vendored trees.
INCLUDE_ROOTS = ("", "third_party/xla", "third_party/xla/third_party/tsl", "third_party/tsl", "tensorflow/include")


class HotNames:
    """Names whose expansion may register something: an over-estimate, by name, over every macro seen so far.

    A text without any of them cannot register, so it need not be expanded.
    """

    def __init__(self, markers: frozenset[str]) -> None:
        self.names = set(markers)
        self._mentioned_by: dict[str, set[str]] = {}
        self._fragments: dict[str, set[str]] = {}

    def add(self, macro: Macro) -> None:
        """Take a macro into account."""
        if macro.name in self.names:
            return
        for word in macro.words:
            self._mentioned_by.setdefault(word, set()).add(macro.name)
        if not self.names.isdisjoint(macro.words):
            self._heat(macro.name)
        elif macro.pastes:
            self._add_fragments(macro)

    def _add_fragments(self, macro: Macro) -> None:
        # REGISTER_##x may become any name that starts so; x##_KERNELS any that ends so.
        body = macro.body
        parameters = macro.parameters or ()
        for position, token in enumerate(body):
            if token.text != "##" or position == 0 or position + 1 == len(body):
                continue
            for neighbour in (body[position - 1], body[position + 1]):
                if neighbour.kind == WORD and neighbour.text not in parameters:
                    self._fragments.setdefault(neighbour.text, set()).add(macro.name)
                    if any(neighbour.text in name for name in self.names):
                        self._heat(macro.name)
                        return

    def _heat(self, name: str) -> None:
        fresh = [name]
        while fresh:
            hot = fresh.pop()
            if hot in self.names:
                continue
            self.names.add(hot)
            fresh.extend(self._mentioned_by.get(hot, ()))
            for fragment, users in self._fragments.items():
                if fragment in hot:
                    fresh.extend(users)


class FileStore:
    """The files under ``root``, read and parsed at most once; ``roots`` are further include folders of the user's."""

    def __init__(self, root: Path, markers: frozenset[str], roots: tuple[Path, ...] = ()) -> None:
        self.root = root
        self.hot = HotNames(markers)
        self._folders = [f"{folder}/" if folder else "" for folder in INCLUDE_ROOTS if (root / folder).is_dir()]
        self._folders += [f"{folder}/" for folder in roots]
        self.devices: dict[str, str] = {}  # values of DEVICE_… constants, which have one meaning in the whole tree
        self._parsed: dict[str, ParsedFile | None] = {}
        self._prefix = str(root) + os.sep

    @property
    def read(self) -> list[str]:
        """The files that were read so far."""
        return [name for name, file in self._parsed.items() if file is not None]

    def path(self, name: str) -> str:
        """The place of a file of the store on disk."""
        return name if os.path.isabs(name) else self._prefix + name

    def parsed(self, name: str) -> ParsedFile | None:
        """The file with this path (relative to the tree, or absolute for the user's own), or None where there is none.

        Raises:
            OpsieveError: the file cannot be read, or is larger than any source file.
        """
        try:
            return self._parsed[name]
        except KeyError:
            pass
        path = self.path(name)
        if not os.path.isfile(path):
            self._parsed[name] = None
            return None
        return self.parse(name, read_source(path))

    def parse(self, name: str, source: bytes) -> ParsedFile:
        """The file with this path, of which ``source`` has been read.

        Raises:
            OpsieveError: the file is larger than any source file.
        """
        known = self._parsed.get(name)
        if known is not None:
            return known
        if len(source) > MAX_FILE_BYTES:
            raise OpsieveError(f"{self.path(name)}: larger than {MAX_FILE_BYTES >> 20} MiB, which no source file is")
        file = parse_file(name, source)
        for macro in file.macros:
            self.hot.add(macro)
        self._parsed[name] = file
        return file

    def included(self, include: Include, includer: ParsedFile) -> ParsedFile | None:
        """The file an #include names, or None where it is not the tree's own (the system's, a third party's)."""
        if not include.resolved:
            include.target = self._find(include, includer)
            include.resolved = True
        return include.target

    def _find(self, include: Include, includer: ParsedFile) -> ParsedFile | None:
        folder = includer.path.rpartition("/")[0] if include.quoted else ""
        candidates = [f"{base}{include.name}" for base in self._folders]
        if folder:
            candidates.insert(0, f"{folder}/{include.name}")
        for candidate in candidates:
            if ".." in candidate or "./" in candidate:
                candidate = os.path.normpath(candidate)
                if candidate.startswith(".."):
                    continue
            if os.path.isfile(self.path(candidate)):
                return self.parsed(candidate)
        return None
