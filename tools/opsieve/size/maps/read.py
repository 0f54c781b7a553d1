"""Opens a linker map and reads it, whichever linker wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from opsieve.errors import OpsieveError
from opsieve.size.link_map import LinkMap
from opsieve.size.maps import gnu_ld, gold, ld64, lld
from opsieve.size.maps.detect import GNU, HEAD, LD64, LLD, linker_of
from opsieve.size.maps.lines import Lines

_HINT = "give the map that the linker writes with -Wl,-Map=FILE, or -Wl,-map,FILE on Apple's systems"


def read_link_map(path: str | Path) -> LinkMap:
    """Read the map of GNU ld, gold, lld, ld64 or ld64.lld.

    Raises:
        OpsieveError: the file cannot be read, is no map, or is damaged or cut short; the message says in which line.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise OpsieveError(f"{path}: not a regular file" if path.exists() else f"{path}: no such file", hint=_HINT)
        with open(path, "rb") as stream:
            return read_stream(stream, str(path))
    except OSError as error:
        raise OpsieveError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_stream(stream: BinaryIO, name: str) -> LinkMap:
    """Read a map from the start of a file that can be read twice; ``name`` is for messages.

    Raises:
        OpsieveError: as of :func:`read_link_map`.
    """
    linker = linker_of(stream.read(HEAD))
    stream.seek(0)
    lines = Lines(stream, name)
    if linker == LLD:
        return lld.read(lines)
    if linker == LD64:
        return ld64.read(lines)
    if linker == GNU:
        return _gnu(lines)
    raise OpsieveError(f"{name}: no linker map that is known", hint=_HINT)


def _gnu(lines: Lines) -> LinkMap:
    """GNU ld and gold tell first, in the same words, what was discarded and why archive members were linked."""
    commons = gold.Commons()
    for line in lines:
        if line == gnu_ld.START:
            return gnu_ld.read(lines)
        if line == gold.START:
            return gold.read(lines, commons)
        commons.take(line)
    raise lines.error("the map is cut short here, before it lists any section")
