"""What was worked out from a whole source tree, kept in the cache folder until something changes that it depends on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from opsieve.errors import OpsieveError
from opsieve.files import write_if_changed
from opsieve.resources import cache_folder, own_state
from opsieve.tree.sources import VERSION_FILES

_Result = TypeVar("_Result")

# What BUILD files and the version of a tree are read from, and templates of headers.
_NAMED = frozenset({"MODULE.bazel", ".bazelrc"})
_PREFIXES = ("BUILD", "WORKSPACE")
_SUFFIXES = (".bzl", ".tpl")

# How far behind the clock the time stamps of files may be: they are as fine as the kernel's timer interrupt.
_COARSE_NS = 20_000_000


class Kept:
    """One result and all that it depends on.

    ``kind`` begins the name of its file, and ``asked`` (plain data for JSON) says what was asked of ``tree``. ``state``
    is that of the tree's index. Made before anything is read: what changes from then on is seen as a change.

    It holds as long as opsieve, the state, every folder of the tree, its BUILD files and those files that were read
    look the same (size and time stamp, as make does). A file that appears or goes changes its folder.
    """

    def __init__(self, kind: str, tree: Path, asked: object, state: str) -> None:
        key = json.dumps([str(tree.resolve()), asked])
        self._place = cache_folder() / f"{kind}-{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
        self._tree = tree
        self._state = [own_state(), state]
        self._began = time.time_ns()

    def recall(self, decode: Callable[[Any], _Result]) -> _Result | None:
        """What ``decode`` makes of the content that is kept; None where there is none, or it no longer holds."""
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            kept = json.loads(self._place.read_bytes())
            if kept["state"] == self._state and all(self._stamp(path) == was for path, was in kept["stamps"].items()):
                return decode(kept["content"])
        return None

    def keep(self, content: object, read: Iterable[str]) -> None:
        """Keep plain data for JSON, which depends on the files ``read`` (relative to the tree), for the next time.

        A cache that cannot be written, or a tree that changed meanwhile, only costs time.
        """
        paths = sorted({*self._folders_and_build_files(), *_with_folders(read), *VERSION_FILES})
        stamps = {path: self._stamp(path, self._began - _COARSE_NS) for path in paths}
        kept = {"state": self._state, "stamps": stamps, "content": content}
        with contextlib.suppress(OpsieveError):
            write_if_changed(self._place, json.dumps(kept, separators=(",", ":")).encode())

    def _stamp(self, path: str, before: int | None = None) -> list[int] | None:
        """Size and time stamp; of what changed since ``before``, one that nothing has."""
        try:
            found = os.stat(self._tree / path)
        except OSError:
            return None
        if before is not None and found.st_ctime_ns >= before:
            return []
        return [found.st_size, found.st_mtime_ns]

    def _folders_and_build_files(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._tree):
            folders[:] = [name for name in folders if name[0] != "."]
            inside = os.path.relpath(folder, self._tree)
            yield inside
            for name in names:
                if name in _NAMED or name.startswith(_PREFIXES) or name.endswith(_SUFFIXES):
                    yield os.path.normpath(os.path.join(inside, name))


def _with_folders(paths: Iterable[str]) -> Iterator[str]:
    """The paths, and all folders above them, which may be behind a link that a walk does not follow."""
    for path in paths:
        while path:
            yield path
            path = os.path.dirname(path)
