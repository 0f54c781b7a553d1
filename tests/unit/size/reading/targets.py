"""What is fuzzed of the readers of built files: ``python -m unit.size.reading.targets --cases 100000``."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from opsieve.size.layout import Layout
from opsieve.size.packages import read_package
from opsieve.size.reading import layout_of
from unit.size.fuzzing import Read, main

CORPUS = Path(__file__).parent / "corpus"


def checked(layout: Layout) -> Layout:
    """A layout that keeps what it promises, whatever the file."""
    inside = sorted(
        [(s.offset, s.file_size) for s in layout.sections] + [(m.offset, m.file_size) for m in layout.members]
    )
    at = 0
    for offset, size in inside:
        assert offset == at or not size, f"{layout.path}: byte {at} is covered twice or not at all"
        at += size
    assert at == layout.file_size
    assert [s.offset for s in layout.sections] == sorted(s.offset for s in layout.sections)
    places = [(symbol.section, symbol.address) for symbol in layout.symbols]
    assert places == sorted(places)
    for symbol in layout.symbols:
        section = layout.sections[symbol.section]
        end = section.address + max(section.memory_size, section.file_size)
        assert section.address <= symbol.address <= symbol.address + symbol.size <= end
    for member in layout.members:
        checked(member)
    return layout


def read(content: bytes) -> Layout:
    return checked(layout_of(content, "file"))


def zipped(*files: tuple[str, bytes, int], comment: bytes = b"") -> bytes:
    """A zip file with files of a name, a content and a method of compression."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.comment = comment
        for name, content, method in files:
            opened.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def _read_package(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        package = read_package(file.name)
    assert package.overhead >= 0
    for packaged in package.files:
        if packaged.layout is not None:
            checked(packaged.layout)


def _packages() -> Sequence[bytes]:
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    text, library = b"a text that is all the same " * 100, (CORPUS / "aarch64.so").read_bytes()
    return [zipped(("a", text, method), ("libx.so", library, method), ("b", b"", 0)) for method in methods]


def seeds(*patterns: str) -> Sequence[bytes]:
    return [path.read_bytes() for pattern in patterns for path in sorted(CORPUS.glob(pattern))]


TARGETS: dict[str, tuple[Read, Callable[[], Sequence[bytes]]]] = {
    "elf": (read, partial(seeds, "*.so", "aarch64.o", "arm.o", "x86-64.o", "debug.o")),
    "macho": (read, partial(seeds, "macho-*", "*.dylib", "fat.o")),
    "archive": (read, partial(seeds, "*.a")),
    "package": (_read_package, _packages),
}

if __name__ == "__main__":
    main(TARGETS)
