"""What the files of a source tree need to link, worked out once and kept until the tree changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from opsieve.errors import OpsieveError
from opsieve.tree.index import Helper, Index
from opsieve.tree.kept import Kept

# Helpers hardly differ between configurations; this one's are those of tf_op_files.txt.
CONFIGURATION = "linux"


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
    kept = Kept("links", tree, index.defines, index.state) if cache and index.state else None
    known = kept.recall(helpers_of) if kept else None
    if known is not None:
        return known
    found, read = _found(tree, index)
    if kept:
        kept.keep(helper_rows(found), read)
    return found


def helper_rows(helpers: Mapping[str, tuple[Helper, ...]]) -> dict[str, Any]:
    """The helpers of files as plain data; :func:`helpers_of` makes them of it again."""
    reasons = sorted({helper.reason for row in helpers.values() for helper in row})
    number = {reason: position for position, reason in enumerate(reasons)}
    rows = {file: [[one.path, number[one.reason]] for one in row] for file, row in helpers.items()}
    return {"reasons": reasons, "helpers": rows}


def helpers_of(row: Mapping[str, Any]) -> dict[str, tuple[Helper, ...]]:
    """The helpers of files.

    Raises:
        LookupError, TypeError, ValueError: this is no such data.
    """
    reasons = row["reasons"]
    return {file: tuple(Helper(path, reasons[reason]) for path, reason in one) for file, one in row["helpers"].items()}


def _found(tree: Path, index: Index) -> tuple[dict[str, tuple[Helper, ...]], list[str]]:
    """The helpers, and the files that were read for them."""
    from opsieve.tree.linking.runtime import Runtime, build_files

    files = registering_files(index)
    there = sorted(file for file in files if (tree / file).is_file())
    with build_files(tree, CONFIGURATION) as build:
        runtime = Runtime(tree, build, CONFIGURATION, index.defines, files)
        return runtime.helpers(there), runtime.read
