"""What the files of a source tree need to link, worked out once and kept until the tree changes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from opsieve import __version__
from opsieve.errors import OpsieveError
from opsieve.files import write_if_changed
from opsieve.resources import cache_folder
from opsieve.tree.index import Helper, Index

# Helpers hardly differ between configurations; this one's are those of tf_op_files.txt.
CONFIGURATION = "linux"

_BUILD_FILES = ("BUILD", "BUILD.bazel", "WORKSPACE", "MODULE.bazel")
_RULES = ".bzl"


def has_build_files(tree: Path) -> bool:
    """Whether a tree says what it links: one that was made of sources alone (a wheel's, a vendor's) does not."""
    return any((tree / "tensorflow" / "core" / name).is_file() for name in ("BUILD", "BUILD.bazel"))


def registering_files(index: Index) -> frozenset[str]:
    """The files of a tree that register a kernel or an op."""
    kernels = {kernel.file for op in index.kernels for kernel in index.kernels[op]}
    return frozenset(kernels | {op.file for op in index.ops.values() if op.file})


class TreeHelpers(Mapping[str, tuple[Helper, ...]]):
    """The helpers of a tree's files, worked out when the first of them is asked for: most commands ask for none.

    Where the BUILD files cannot be read, ``warn`` is told and there are none.
    """

    def __init__(self, tree: Path, index: Index, *, cache: bool, warn: Callable[[str], None]) -> None:
        self._tree = tree
        self._index = index
        self._cache = cache
        self._warn = warn

    @cached_property
    def _known(self) -> Mapping[str, tuple[Helper, ...]]:
        try:
            return tree_helpers(self._tree, self._index, cache=self._cache)
        except OpsieveError as error:
            self._warn(f"what files need to link is not known: {error}")
            return {}

    def __getitem__(self, file: str) -> tuple[Helper, ...]:
        return self._known[file]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def tree_helpers(tree: Path, index: Index, *, cache: bool = True) -> Mapping[str, tuple[Helper, ...]]:
    """For every file of ``tree`` that registers, the sources that it needs to link beyond the portable runtime.

    ``index`` is that of the tree. Without a ``cache``, or for an index that was made without, all is worked out anew.

    Raises:
        OpsieveError: the tree has no portable runtime in its BUILD files, or one of them cannot be read.
    """
    if not cache or not index.state:
        return _found(tree, index)
    path = _cache_file(tree, index)
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(path.read_bytes())
        if all(_stamp(tree, file) == stamp for file, stamp in known["build_files"].items()):
            return {file: _helpers(rows, known["reasons"]) for file, rows in known["helpers"].items()}
    # Before they are read: what changes meanwhile is seen as a change.
    stamps = {file: _stamp(tree, file) for file in _build_files(tree)}
    found = _found(tree, index)
    reasons = sorted({helper.reason for helpers in found.values() for helper in helpers})
    number = {reason: position for position, reason in enumerate(reasons)}
    rows = {file: [[one.path, number[one.reason]] for one in helpers] for file, helpers in found.items()}
    with contextlib.suppress(OpsieveError):
        content = {"build_files": stamps, "reasons": reasons, "helpers": rows}
        write_if_changed(path, json.dumps(content, separators=(",", ":")).encode())
    return found


def _found(tree: Path, index: Index) -> dict[str, tuple[Helper, ...]]:
    from opsieve.tree.linking.runtime import helpers

    files = registering_files(index)
    there = sorted(file for file in files if (tree / file).is_file())
    return helpers(tree, there, configuration=CONFIGURATION, defines=index.defines, registering=files)


def _cache_file(tree: Path, index: Index) -> Path:
    key = json.dumps([__version__, str(tree.resolve()), index.defines, index.state])
    return cache_folder() / f"links-{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def _helpers(rows: list[list[Any]], reasons: list[str]) -> tuple[Helper, ...]:
    return tuple(Helper(path, reasons[reason]) for path, reason in rows)


def _stamp(tree: Path, file: str) -> list[int] | None:
    try:
        found = os.stat(tree / file)
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]


def _build_files(tree: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(tree):
        folders[:] = sorted(name for name in folders if name[0] != ".")
        inside = os.path.relpath(folder, tree)
        for name in names:
            if name in _BUILD_FILES or name.endswith(_RULES):
                yield os.path.normpath(os.path.join(inside, name))
