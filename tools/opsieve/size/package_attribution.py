"""Who owns the bytes of a package: its files, each as compressed as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from opsieve.files import shown_paths
from opsieve.size.attribution import FILE, FORMAT, LIBRARY, PACKAGED, Attribution, Owner, Part
from opsieve.size.packages import Package

HEADERS = "zip headers and alignment"
DIRECTORY = "zip directory and signature"
# Of files that are in no folder.
TOP = "."


def attribute_package(package: Package) -> Attribution:
    """Every file is an owner; what lies before a file's content, and behind the last, is the format's."""
    numbers: dict[Owner, int] = {}
    parts = tuple(
        Part(offset, file_size, loaded_size, folder, "", "", name, numbers.setdefault(owner, len(numbers)))
        for offset, file_size, loaded_size, folder, name, owner in _stretches(package)
    )
    return Attribution(
        file=shown_paths([Path(package.path)])[0],
        kind=PACKAGED,
        machine="",
        file_size=package.file_size,
        loaded_size=sum(file.size for file in package.files),
        owners=tuple(numbers),
        parts=parts,
        evidence=("zip directory",),
    )


def _stretches(package: Package) -> Iterator[tuple[int, int, int, str, str, Owner]]:
    """Offset, sizes in the package and unpacked, folder, name in it, and owner of all bytes, in order."""
    end = 0
    for file in package.files:
        if file.offset > end:
            yield end, file.offset - end, 0, HEADERS, HEADERS, Owner(HEADERS, FORMAT)
        folder, _, name = file.name.rpartition("/")
        owner = Owner(file.name, LIBRARY if file.native else FILE)
        yield file.offset, file.compressed_size, file.size, folder or TOP, name, owner
        end = file.offset + file.compressed_size
    if package.file_size > end:
        yield end, package.file_size - end, 0, DIRECTORY, DIRECTORY, Owner(DIRECTORY, FORMAT)
