"""glob() of a BUILD file: which files of a package match."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.labels import inside
from opsieve.tree.buildfiles.limits import MAX_PACKAGE_FILES

BUILD_NAMES = ("BUILD.bazel", "BUILD")


class PackageFiles:
    """The files and folders below a package's folder, those of other packages left out."""

    def __init__(self, tree: Path, folder: str) -> None:
        self._tree = tree
        self._folder = folder
        self.notes: list[str] = []
        self._files: list[str] | None = None
        self._folders: list[str] = []
        self._names: dict[str, list[str]] = {}
        self._matches: dict[tuple[str, bool], frozenset[str]] = {}

    def matching(self, include: Iterable[str], exclude: Iterable[str], folders: bool = False) -> list[str]:
        """The paths, relative to the package and sorted, that a pattern of ``include`` matches and none of ``exclude``.

        As Bazel does: ``*`` matches within a part of a path, and ``**`` any number of parts.

        Raises:
            OpsieveError: the package has too many files.
        """
        taken: set[str] = set().union(*(self._matched(pattern, folders) for pattern in include))
        return sorted(taken.difference(*(self._matched(pattern, folders) for pattern in exclude)))

    def _matched(self, pattern: str, folders: bool) -> frozenset[str]:
        # Macros call glob() once for each kernel, and leave out the same files each time.
        key = (pattern, folders)
        if key not in self._matches:
            if self._files is None:
                self._files = self._list()
                self._names = _by_folder(self._files)
            self._matches[key] = frozenset(self._search(pattern, folders))
        return self._matches[key]

    def _search(self, pattern: str, folders: bool) -> Iterable[str]:
        place, _, last = pattern.rpartition("/")
        if folders or "*" in place or last == "**":
            matcher = _Pattern(pattern)
            candidates = (self._files or []) + (self._folders if folders else [])
            return (path for path in candidates if matcher.matches(path))
        before = place + "/" if place else ""
        names = self._names.get(place, [])
        # Most patterns are those of one kernel each, conv_ops*.cc, in a folder of a thousand files.
        first = last.partition("*")[0]
        candidates = names[bisect_left(names, first) :] if first else names
        return (
            before + name
            for name in takewhile(lambda name: name.startswith(first), candidates)
            if _part_matches(last, name)
        )

    def subpackages(self) -> list[str]:
        """The folders below that are packages themselves and have no package between."""
        found: list[str] = []
        self._list(found)
        return sorted(found)

    def _list(self, subpackages: list[str] | None = None) -> list[str]:
        files: list[str] = []
        self._folders = []
        waiting = [""]
        seen = {os.path.realpath(self._tree / self._folder)}
        while waiting:
            folder = waiting.pop()
            with os.scandir(self._tree / self._folder / folder) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    path = folder + entry.name
                    if entry.is_symlink() and not inside(self._tree, Path(entry.path)):
                        self.notes.append(f"{path} is a link that leads out of the tree: glob() leaves it out")
                    elif entry.is_dir():
                        real = os.path.realpath(entry.path)
                        if any(os.path.isfile(os.path.join(entry.path, name)) for name in BUILD_NAMES):
                            if subpackages is not None:
                                subpackages.append(path)
                        elif real not in seen:
                            # A link to a folder above it would lead round for ever.
                            seen.add(real)
                            self._folders.append(path)
                            waiting.append(path + "/")
                    else:
                        files.append(path)
                    if len(files) + len(self._folders) > MAX_PACKAGE_FILES:
                        raise OpsieveError(f"{self._folder}: more than {MAX_PACKAGE_FILES} files in one package")
        return sorted(files)


def _by_folder(files: Iterable[str]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        names.setdefault(folder, []).append(name)
    for each in names.values():
        each.sort()
    return names


class _Pattern:
    """One pattern of a glob. Its cost is bounded by the product of its length and the path's, whatever it says."""

    def __init__(self, text: str) -> None:
        # Several ** in a row mean the same as one.
        parts = text.split("/")
        self._parts = [part for n, part in enumerate(parts) if part != "**" or n == 0 or parts[n - 1] != "**"]

    def matches(self, path: str) -> bool:
        names = path.split("/")
        if "**" not in self._parts:
            return len(names) == len(self._parts) and all(map(_part_matches, self._parts, names))
        # reached[n]: the parts of the pattern so far match the first n names.
        reached = [True] + [False] * len(names)
        for part in self._parts:
            if part == "**":
                first = reached.index(True) if True in reached else len(reached)
                reached = [n >= first for n in range(len(reached))]
            else:
                reached = [False] + [reached[n] and _part_matches(part, name) for n, name in enumerate(names)]
        return reached[-1]


def _part_matches(pattern: str, name: str) -> bool:
    pieces = pattern.split("*")
    if len(pieces) == 1:
        return pattern == name
    first, last = pieces[0], pieces[-1]
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    place, end = len(first), len(name) - len(last)
    for piece in pieces[1:-1]:
        found = name.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True
