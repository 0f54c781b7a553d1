"""The text of a BUILD or .bzl file, read from the tree and made fit for the interpreter."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.labels import inside
from opsieve.tree.buildfiles.limits import MAX_FILE_BYTES

_QUOTED = r'"""(?:[^\\]|\\.)*?"""' r"|'''(?:[^\\]|\\.)*?'''" r'|"(?:[^"\\\n]|\\.)*"' r"|'(?:[^'\\\n]|\\.)*'" r"|#[^\n]*"
_QUOTED_OR_REPLACED = re.compile(_QUOTED + r"|\t|\.to_list\(\)", re.DOTALL)
_QUOTED_ONLY = re.compile(_QUOTED, re.DOTALL)
# Releases before 2.0 have tabs here and there, which Bazel took and the interpreter does not. A depset is a list here
# (stubs/prelude.bzl), which has no such method.
_REPLACED = {"\t": " " * 8, ".to_list()": ""}


def read_source(tree: Path, path: str) -> str:
    """The text of ``path``, relative to the tree, with Unix line ends and no tab outside strings.

    Raises:
        OpsieveError: the file is a link out of the tree, too large or cannot be read.
    """
    file = tree / path
    try:
        if not inside(tree, file):
            raise OpsieveError(f"{path}: is a link that leads out of the tree")
        if file.stat().st_size > MAX_FILE_BYTES:
            raise OpsieveError(f"{path}: is larger than {MAX_FILE_BYTES >> 20} MB")
        # Bazel reads bytes; names of files are all that matters here.
        text = file.read_bytes().decode("utf-8", "replace")
    except (OSError, RuntimeError) as error:
        raise OpsieveError(f"{path}: cannot be read: {error}") from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")
    if any(each in text for each in _REPLACED):
        text = _QUOTED_OR_REPLACED.sub(lambda match: _REPLACED.get(match[0], match[0]), text)
    return text


@lru_cache(maxsize=4)
def without_quotes(text: str) -> str:
    """The text of a file with its strings and comments left out."""
    return _QUOTED_ONLY.sub('""', text)


def used_fields(text: str, symbol: str) -> tuple[str, ...] | None:
    """How a file uses a symbol: the fields that it reads of it, none when it calls it; None when it does neither.

    ``text``: as of :func:`without_quotes`.
    """
    if re.search(rf"(?<![\w.]){re.escape(symbol)} *\(", text):
        return ()
    fields = sorted(set(re.findall(rf"(?<![\w.]){re.escape(symbol)}\.([A-Za-z_]\w*)", text)))
    return tuple(fields) if fields or not symbol.isupper() else None
