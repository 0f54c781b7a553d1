"""Taking files out of archives of strangers: only those wanted, only plain files, never outside, never too much."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from opsieve.build.third_party.catalog import Archive, Package
from opsieve.build.third_party.globs import matches
from opsieve.errors import OpsieveError

# Far above what any package has (ICU, the largest, 18 MB and 400 files of 200,000 members), far below what hurts.
LARGEST_FILE = 32 << 20
LARGEST_PACKAGE = 256 << 20
MOST_FILES = 20_000
MOST_MEMBERS = 200_000

# Where in the package a member goes; none for one that is not wanted.
Place = Callable[[str], "str | None"]


def place_in(package: Package) -> Place:
    """Where the members of its archive go for a package: below its subfolder, wanted, renamed.

    The first folder of a source archive, which names the release, is left out. A wheel has no such folder.
    """
    is_wheel = package.archive is not None and package.archive.file.endswith(".whl")
    prefix = f"{package.subfolder}/" if package.subfolder else ""

    def place(member: str) -> str | None:
        path = member if is_wheel else member.partition("/")[2]
        if not path.startswith(prefix) or path.endswith("/"):
            return None
        path = path[len(prefix) :]
        if not matches(path, package.unpack):
            return None
        for pattern, by in package.rename:
            path = re.sub(pattern, by, path)
        return path

    return place


def unpack_tar(path: Path, place: Place, into: Path) -> int:
    """Take files out of a tar archive, compressed or not. Tells how many.

    Raises:
        OpsieveError: it is damaged, or holds what no source archive holds: a path that leads outside, a link where a
            file is wanted, too much.
    """
    try:
        with tarfile.open(path, "r|*") as archive:
            return _write_all(path, _tar_members(path, archive, place), into)
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise OpsieveError(f"{path}: not a sound archive: {error}") from None


def unpack_wheel(stream: IO[bytes], archive: Archive, place: Place, into: Path) -> int:
    """Take files out of a wheel; each must be as its RECORD says, and that as it is pinned. Tells how many.

    Raises:
        OpsieveError: as unpack_tar; or a file is not as recorded.
    """
    name = Path(archive.file)
    try:
        with zipfile.ZipFile(stream) as wheel:
            recorded = _record(wheel, archive)
            return _write_all(name, _zip_members(name, wheel, place, recorded), into)
    except (zipfile.BadZipFile, EOFError, zlib.error, ValueError, NotImplementedError, RuntimeError) as error:
        raise OpsieveError(f"{name}: not a sound archive: {error}") from None


def _tar_members(path: Path, archive: tarfile.TarFile, place: Place) -> Iterator[tuple[str, int, IO[bytes]]]:
    for number, member in enumerate(archive):
        if number >= MOST_MEMBERS:
            raise OpsieveError(f"{path}: more than {MOST_MEMBERS:,} members")
        if member.isdir():
            continue
        target = place(_inside(path, member.name))
        if target is None:
            continue
        if not member.isreg():
            raise OpsieveError(f"{path}: {member.name!r} is a link or a device where a file is expected")
        content = archive.extractfile(member)
        assert content is not None
        yield _inside(path, target), member.size, content


def _zip_members(
    name: Path, wheel: zipfile.ZipFile, place: Place, recorded: dict[str, tuple[str, int]]
) -> Iterator[tuple[str, int, IO[bytes]]]:
    members = wheel.infolist()
    if len(members) > MOST_MEMBERS:
        raise OpsieveError(f"{name}: more than {MOST_MEMBERS:,} members")
    # In the order they are in, so that a file on a server is read from front to back.
    for member in sorted(members, key=lambda each: each.header_offset):
        target = place(_inside(name, member.filename))
        if target is None:
            continue
        digest, size = recorded.get(member.filename, ("", -1))
        if member.file_size != size or size > LARGEST_FILE:
            raise OpsieveError(f"{name}: {member.filename!r} is not as its RECORD says")
        with wheel.open(member) as stream:
            content = stream.read(size + 1)
        if len(content) != size or hashlib.sha256(content).hexdigest() != digest:
            raise OpsieveError(f"{name}: {member.filename!r} is not as its RECORD says")
        yield _inside(name, target), size, io.BytesIO(content)


def _record(wheel: zipfile.ZipFile, archive: Archive) -> dict[str, tuple[str, int]]:
    """Digest (SHA-256, hex) and size of every file, from a wheel's RECORD (PyPA's "Recording installed projects")."""
    names = [name for name in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)]
    if len(names) != 1 or wheel.getinfo(names[0]).file_size > LARGEST_FILE:
        raise OpsieveError(f"{archive.file}: has no RECORD")
    with wheel.open(names[0]) as stream:
        content = stream.read(LARGEST_FILE)
    digest = hashlib.sha256(content).hexdigest()
    if digest != archive.record_sha256:
        raise OpsieveError(
            f"{archive.file}: not the pinned file: SHA-256 of its RECORD is {digest}, pinned is {archive.record_sha256}"
        )
    result = {}
    for row in csv.reader(io.StringIO(content.decode("utf-8"))):
        if len(row) == 3 and row[1].startswith("sha256="):
            code = row[1].removeprefix("sha256=")
            result[row[0]] = (base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)).hex(), int(row[2]))
    return result


def _write_all(path: Path, members: Iterator[tuple[str, int, IO[bytes]]], into: Path) -> int:
    count = 0
    total = 0
    for name, size, content in members:
        count += 1
        total += size
        if size > LARGEST_FILE or total > LARGEST_PACKAGE or count > MOST_FILES:
            raise OpsieveError(f"{path}: {name!r} makes it larger than any package is")
        target = into / name
        # "xb": a name that occurs twice, or one that differs from another by case alone on some systems.
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "xb") as stream:
                while chunk := content.read(1 << 18):
                    stream.write(chunk)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            raise OpsieveError(f"{path}: {name!r} is in it twice") from None
    return count


def _inside(path: Path, name: str) -> str:
    """The name, which must lead nowhere else."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name or ":" in parts[0]:
        raise OpsieveError(f"{path}: a member is called {name!r}, which leads outside")
    return "/".join(parts) + ("/" if name.endswith("/") else "")
