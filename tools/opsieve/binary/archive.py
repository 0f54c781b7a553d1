"""Static archives: GNU, BSD and thin ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from opsieve.errors import OpsieveError

ARCHIVE, THIN = b"!<arch>\n", b"!<thin>\n"
_HEADER = 60
_TABLES = ("/", "/SYM64/", "//", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64", "__.SYMDEF_64 SORTED")
_MOST_MEMBERS = 1 << 18

Open = Callable[[Path], memoryview]


def is_archive(data: memoryview) -> bool:
    return bytes(data[:8]) in (ARCHIVE, THIN)


def members(data: memoryview, path: Path, name: str, open_file: Open) -> Iterator[tuple[str, memoryview]]:
    """The files of an archive, in their order; those of a thin archive are read from beside it.

    The layout is that of ``ar.h``; long names as GNU (``/12`` into the member ``//``) and BSD (``#1/20``, in front of
    the content) write them.

    Raises:
        OpsieveError: a header is damaged, a size goes beyond the end, or a file of a thin archive cannot be read.
    """
    thin = bytes(data[:8]) == THIN
    long_names = b""
    at, count = 8, 0
    opened: set[str] = set()
    while at < len(data):
        header = bytes(data[at : at + _HEADER])
        if len(header) < _HEADER or header[58:] != b"`\n":
            raise OpsieveError(f"{name}: the archive is damaged: no member header at byte {at}")
        try:
            size = int(header[48:58])
        except ValueError:
            size = -1
        label = header[:16].decode("latin-1").rstrip()
        start = at + _HEADER
        inside = not thin or label in _TABLES
        if size < 0 or (inside and start + size > len(data)):
            raise OpsieveError(
                f"{name}: the archive member at byte {at} claims {header[48:58].decode('latin-1').strip()} bytes, "
                f"and {len(data) - start} are left",
                hint="it is cut short or damaged",
            )
        count += 1
        if count > _MOST_MEMBERS:
            raise OpsieveError(f"{name}: the archive has more than {_MOST_MEMBERS} members")
        content = data[start : start + size] if inside else data[:0]
        at = start + (size + (size & 1) if inside else 0)
        if label == "//":
            long_names = bytes(content)
        elif label not in _TABLES:
            label, content = _named(label, content, long_names)
            if label not in _TABLES:
                if thin and label in opened:
                    continue
                opened.add(label)
                yield label, _beside(path, label, name, open_file) if thin else content


def _named(label: str, content: memoryview, long_names: bytes) -> tuple[str, memoryview]:
    if label.startswith("#1/") and label[3:].isdigit():
        length = min(int(label[3:]), len(content))
        return bytes(content[:length]).rstrip(b"\0").decode("utf-8", "replace"), content[length:]
    if label.startswith("/") and label[1:].isdigit():
        text = long_names[int(label[1:]) :].partition(b"\n")[0]
        return text.decode("utf-8", "replace").removesuffix("/"), content
    return label.removesuffix("/"), content


def _beside(path: Path, label: str, name: str, open_file: Open) -> memoryview:
    file = path.parent / label
    if not file.is_file():
        raise OpsieveError(
            f"{name}: a thin archive, whose member {label} is not there",
            hint="a thin archive works only beside its objects",
        )
    return open_file(file)
