"""Links from a repository of Bazel's to files elsewhere: only what is compiled or included, and no file of Bazel's."""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from opsieve.errors import OpsieveError

# What makes a folder a package or a repository.
_BAZELS = frozenset({"BUILD", "BUILD.bazel", "MODULE.bazel", "REPO.bazel", "WORKSPACE", "WORKSPACE.bazel"})
_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".inc", ".inl", ".def", ".ipp", ".tcc", ".proto")
_MOST_FILES = 50_000


def lay(folder: Path, links: Mapping[str, Path]) -> None:
    """Make ``folder`` hold exactly these links, by their place in it.

    Raises:
        OpsieveError: a file is not there, a place leads out of the folder, or it cannot be written.
    """
    made: set[str] = set()
    try:
        shutil.rmtree(folder, ignore_errors=True)
        for place, target in sorted(links.items()):
            if place.startswith("/") or posixpath.normpath(place) != place or place.startswith("../"):
                raise OpsieveError(f"{place!r} leads out of its folder")
            if not target.is_file():
                raise OpsieveError(f"{target}: there is no such file")
            parent = posixpath.dirname(place)
            if parent not in made:
                (folder / parent).mkdir(parents=True, exist_ok=True)
                made.add(parent)
            (folder / place).symlink_to(os.path.abspath(target))
    except OSError as error:
        raise OpsieveError(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from error


def headers_below(root: Path, folders: Iterable[str]) -> tuple[str, ...]:
    """What sources may include from some folders of a package, relative to its ``root``, sorted.

    Raises:
        OpsieveError: there are more files than any package has.
    """
    found: set[str] = set()
    seen = 0
    for start in dict.fromkeys(folders):
        for folder, inner, names in os.walk(root / start):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            seen += len(names)
            if seen > _MOST_FILES:
                raise OpsieveError(f"{root}: more than {_MOST_FILES:,} files")
            below = Path(folder).relative_to(root).as_posix()
            found.update(
                posixpath.normpath(f"{below}/{name}") for name in names if name not in _BAZELS and _is_header(name)
            )
    return tuple(sorted(found))


def _is_header(name: str) -> bool:
    # Eigen's have no suffix; what is in capitals throughout is for people (LICENSE).
    return name.endswith(_HEADERS) or ("." not in name and name[:1].isalpha() and not name.isupper())
