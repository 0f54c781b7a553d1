"""Static archives: GNU, BSD and thin ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from opsieve.errors import OpsieveError

ARCHIVE, THIN = b"!<arch>\n", b"!<thin>\n"
_HEADER = 60
_TABLES = ("/", "/SYM64/", "//", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64", "__.SYMDEF_64 SORTED")
_MOST_MEMBERS = 1 << 18

Open = Callable[[Path], memoryview]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive, or when it is a ``table`` what the archive has for the linker.

    ``offset`` is where the content starts, without a name in front of it; for a file that lies ``beside`` a thin
    archive, where it would start.
    """

    label: str
    offset: int
    content: memoryview
    table: bool
    beside: bool


def is_archive(data: memoryview) -> bool:
    return bytes(data[:8]) in (ARCHIVE, THIN)


def kind_of(data: memoryview, kinds: Iterable[str]) -> str:
    """What an archive is, for people, from what its members are."""
    formats = "/".join(sorted({kind.split()[0] for kind in kinds}))
    return f"{'thin' if bytes(data[:8]) == THIN else 'static'} archive of {formats} objects"


def without_objects(name: str) -> OpsieveError:
    """What to raise for an archive that has nothing in it."""
    return OpsieveError(f"{name}: a static archive without any object in it", hint="give one with objects")


def full_names(labels: Sequence[str], paths: Sequence[str]) -> list[str]:
    """The paths that members had, of which an archive keeps the last part, if these are they; else what it keeps."""
    return list(paths if [path.rpartition("/")[2] for path in paths] == list(labels) else labels)


def members(data: memoryview, path: Path, name: str, open_file: Open) -> Iterator[tuple[str, memoryview]]:
    """The files of an archive, in their order, as :func:`entries` has them."""
    for entry in entries(data, path, name, open_file):
        if not entry.table:
            yield entry.label, entry.content


def entries(data: memoryview, path: Path, name: str, open_file: Open) -> Iterator[Entry]:
    """Everything in an archive, in its order; the files of a thin archive are read from beside it, each once.

    The layout is that of ``ar.h``; long names as GNU (``/12`` into the member ``//``) and BSD (``#1/20``, in front of
    the content) write them.

    Raises:
        OpsieveError: a header is damaged, a size goes beyond the end, or a file of a thin archive cannot be read.
    """
    thin = bytes(data[:8]) == THIN
    long_names = b""
    at, count = 8, 0
    opened: set[Path] = set()
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
        at = end = start + size if inside else start
        at += size & 1 if inside else 0
        if label == "//":
            long_names = bytes(content)
        elif label not in _TABLES:
            label, content = _named(label, content, long_names)
        if thin and label not in _TABLES:
            file = (path.parent / label).resolve()
            if file in opened:
                continue
            opened.add(file)
            yield Entry(label, start, _beside(file, label, name, open_file), table=False, beside=True)
        else:
            yield Entry(label, end - len(content), content, table=label in _TABLES, beside=False)


def _named(label: str, content: memoryview, long_names: bytes) -> tuple[str, memoryview]:
    if label.startswith("#1/") and label[3:].isdecimal():
        length = min(int(label[3:]), len(content))
        return bytes(content[:length]).rstrip(b"\0").decode("utf-8", "replace"), content[length:]
    if label.startswith("/") and label[1:].isdecimal():
        text = long_names[int(label[1:]) :].partition(b"\n")[0]
        return text.decode("utf-8", "replace").removesuffix("/"), content
    return label.removesuffix("/"), content


def _beside(file: Path, label: str, name: str, open_file: Open) -> memoryview:
    if not file.is_file():
        raise OpsieveError(
            f"{name}: a thin archive, whose member {label} is not there",
            hint="a thin archive works only beside its objects",
        )
    return open_file(file)
