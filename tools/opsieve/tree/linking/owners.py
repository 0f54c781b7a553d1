"""Which targets of the BUILD files a file of the tree belongs to, and which sources stand beside it there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.labels import Repositories, package_path
from opsieve.tree.buildfiles.targets import Package, Target
from opsieve.tree.buildfiles.workspace import read_repositories

SOURCE_SUFFIXES = (".cc", ".cpp", ".c")
# What another compiler takes (CUDA's), and what is no part of a library: the names that TensorFlow's BUILD files leave
# out of a kernel library (tf_kernel_library of tensorflow/tensorflow.bzl).
_NOT_COMPILED = re.compile(
    r"\.cu\.cc$|_test\.cc$|_test_util[^/]*\.cc$|_benchmark\.cc$|testlib[^/]*\.cc$|testutil[^/]*\.cc$"
)
# Rules that make a library of sources and headers.
_LIBRARIES = frozenset({"cc_library", "objc_library"})


class BuildFiles(Protocol):
    """What is asked of the BUILD files of a tree (opsieve.tree.buildfiles)."""

    def package(self, path: str) -> Package: ...
    def target(self, label: str) -> Target: ...
    def files(self, labels: Iterable[str]) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Owner:
    """A library that a file is part of.

    ``sources`` are the files it compiles, relative to the tree. ``platform``: what it depends on under its own name in
    another package, which is how TensorFlow chooses an implementation (``//tensorflow/tsl/platform:env`` and
    ``//tensorflow/tsl/platform/default:env``).
    """

    label: str
    sources: tuple[str, ...]
    platform: tuple[str, ...] = ()


def is_compiled(path: str) -> bool:
    """Whether a file is C++ or C that an ordinary compiler compiles for a library: not CUDA, not a test."""
    return path.endswith(SOURCE_SUFFIXES) and not _NOT_COMPILED.search(path)


class Owners:
    """Looks up the targets that files belong to; a package is read when one of its files is asked for."""

    def __init__(self, tree: Path, build: BuildFiles) -> None:
        self._tree = tree
        self._build = build
        self._repositories = read_repositories(tree)
        self._package_of: dict[str, str | None] = {}
        self._by_file: dict[str, Mapping[str, tuple[Owner, ...]]] = {}
        self.notes: list[str] = []

    def of(self, path: str) -> tuple[Owner, ...]:
        """The libraries of the package of a file that list it, the smallest first; none where there is no BUILD file.

        Nor where that cannot be read, of which there is a note: a header may lead to any part of the tree.
        """
        package = self._package(path.rpartition("/")[0])
        if package is None:
            return ()
        if package not in self._by_file:
            try:
                self._by_file[package] = self._read(package)
            except OpsieveError as error:
                self._by_file[package] = {}
                self.notes.append(f"{package}: {error}")
        return self._by_file[package].get(path, ())

    def _package(self, folder: str) -> str | None:
        """The folder of the BUILD file that a folder belongs to."""
        if folder not in self._package_of:
            if any((self._tree / folder / name).is_file() for name in ("BUILD.bazel", "BUILD")):
                self._package_of[folder] = folder
            else:
                above = folder.rpartition("/")[0]
                self._package_of[folder] = self._package(above) if folder else None
        return self._package_of[folder]

    def _read(self, folder: str) -> Mapping[str, tuple[Owner, ...]]:
        owners: dict[str, list[Owner]] = {}
        for target in self._build.package(_package_label(folder, self._repositories)).targets.values():
            if target.rule not in _LIBRARIES or target.testonly:
                continue
            files = self._build.files((*target.srcs, *target.hdrs, *target.textual_hdrs))
            name = target.label.rpartition(":")[2]
            platform = tuple(label for label in target.deps if label.rpartition(":")[2] == name)
            owner = Owner(target.label, _compiled(files), platform)
            for file in files:
                owners.setdefault(file, []).append(owner)
        return {
            file: tuple(sorted(found, key=lambda owner: (len(owner.sources), owner.label)))
            for file, found in owners.items()
        }

    def sources(self, label: str) -> tuple[str, ...]:
        """The sources of a target; none where it does not lie in the tree.

        Raises:
            OpsieveError: a BUILD file cannot be read.
        """
        return _compiled(self._build.files([label]))


def _compiled(files: Iterable[str]) -> tuple[str, ...]:
    return tuple(file for file in files if is_compiled(file))


def _package_label(folder: str, repositories: Repositories) -> str:
    """The label of the package in a folder of the tree, which may lie in a repository of its own."""
    name, root = max(
        (
            (name, root)
            for name, root in repositories.folders.items()
            if not root or f"{folder}/".startswith(f"{root}/")
        ),
        key=lambda found: len(found[1]),
    )
    return package_path(name, folder[len(root) :].strip("/"))
