"""Files of a folder by glob patterns, the same on every platform: ``*`` stays in a folder, ``**`` does not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path, with ``/`` between its parts, matches one of the patterns."""
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


def files(root: Path, patterns: Sequence[str], exclude: Sequence[str] = ()) -> tuple[str, ...]:
    """The files below a folder that match and are not excluded, relative to it, sorted; links are not followed."""
    plain = [pattern for pattern in patterns if not re.search(r"[*?\[]", pattern)]
    found = {path for path in plain if (root / path).is_file()}
    if len(plain) < len(patterns):
        found.update(path for path in _walk(root) if matches(path, patterns))
    return tuple(sorted(path for path in found if not matches(path, exclude)))


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        relative = Path(folder).relative_to(root).as_posix()
        for name in names:
            yield name if relative == "." else f"{relative}/{name}"


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    result = ""
    position = 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            result += "(?:.*/)?"
            position += 3
        elif pattern.startswith("**", position):
            result += ".*"
            position += 2
        elif pattern[position] == "[":
            end = pattern.index("]", position)
            result += pattern[position : end + 1]
            position = end + 1
        else:
            result += {"*": "[^/]*", "?": "[^/]"}.get(pattern[position], re.escape(pattern[position]))
            position += 1
    return re.compile(result)
