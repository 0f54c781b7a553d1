"""Bringing pinned packages into the store."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import IO, cast

from opsieve.build.manifest import Need
from opsieve.build.third_party import http
from opsieve.build.third_party.catalog import Archive, Package, find, known, own_file, with_needs
from opsieve.build.third_party.download import Progress, archive_path, download, quiet
from opsieve.build.third_party.parts import NoPartsError, RemoteFile
from opsieve.build.third_party.protoc import build_tool, tool_on_path, tool_version
from opsieve.build.third_party.registries import addresses
from opsieve.build.third_party.store import default_store, making, package_folder, tool_folder
from opsieve.build.third_party.system import host_target
from opsieve.build.third_party.unpack import Place, place_in, unpack_tar, unpack_wheel
from opsieve.errors import OpsieveError


def fetch(
    wanted: Iterable[Need | str],
    version: str,
    store: Path | None = None,
    progress: Progress = quiet,
    *,
    tools: bool = True,
    without: Collection[str] = (),
) -> tuple[Path, ...]:
    """Bring packages for a TensorFlow version, and all that they need, into the store; what is there is left alone.

    ``tools``: also the programs of the host that belong to them (protoc), unless one of exactly that version is on the
    PATH: from a registry or, for other hosts, built here. ``without``: packages and programs that are at hand, and are
    not brought for others either. Gives the packages' folders. May be interrupted, and run several times at once.

    Raises:
        OpsieveError: no source is known for a package and this version; it cannot be fetched, or is not the pinned one;
            a tool cannot be built; the store cannot be written.
    """
    place = store or default_store()
    names = [known(each.name if isinstance(each, Need) else each) for each in wanted]
    rows = [_row(name, version) for name in with_needs(names, version) if name not in without]
    source = _Source(place, progress)
    for row in rows:
        source.bring(row)
    folders = {row.name: package_folder(row, place) for row in rows}
    if tools:
        for row in rows:
            for tool in row.tools:
                if tool not in without and not tool_on_path(row, tool) and not source.bring_tool(row, tool):
                    needed = [each for each in rows if each.name in row.needs]
                    build_tool(row, tool, place, [(each, folders[each.name]) for each in needed], progress)
    return tuple(folders.values())


def fetchable(name: str, version: str) -> bool:
    """Whether a source of the package is known for this TensorFlow version."""
    row = find(name, version)
    return row is not None and row.archive is not None


def complete(package: Package, folder: Path) -> None:
    """Make the files of a package that are made of others, and check that it is what it should be.

    Raises:
        OpsieveError: a header is missing by which the package is known, or a file to make another one of.
    """
    for made in package.make:
        try:
            content = (folder / made.source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise OpsieveError(f"{folder / made.source}: cannot be read, to make {made.to} of it: {error}") from None
        for text, by in made.replace:
            content = content.replace(text, by)
        (folder / made.to).write_text(content, encoding="utf-8")
    for to, name in package.own:
        (folder / to).parent.mkdir(parents=True, exist_ok=True)
        (folder / to).write_bytes(own_file(name).read_bytes())
    for marker in package.markers:
        if not any((folder / include / marker).is_file() for include in package.includes):
            raise OpsieveError(f"{package.name} {package.version}: {marker} is not in what was unpacked")


def _row(name: str, version: str) -> Package:
    row = find(name, version)
    if row is None or row.archive is None:
        why = f": {row.why}" if row else ""
        raise OpsieveError(
            f"{name}: no source is known that fits TensorFlow {version}{why}",
            hint=f"Give `opsieve build` a directory that holds it: --third-party {name}=DIR",
        )
    return row


class _Source:
    """Archives as they are needed, each brought once."""

    def __init__(self, store: Path, progress: Progress) -> None:
        self._store = store
        self._progress = progress
        self._open: dict[str, RemoteFile] = {}

    def bring(self, package: Package) -> None:
        """Have the folder of a package."""
        assert package.archive is not None
        with making(package_folder(package, self._store)) as folder:
            if folder is not None:
                self._unpack(package.archive, place_in(package), folder)
                complete(package, folder)

    def bring_tool(self, package: Package, tool: str) -> bool:
        """Have the folder of a tool where a registry has one for this host that runs. Tells whether it is there."""
        binary = package.prebuilt.get((tool, host_target()))
        target = tool_folder(package, tool, self._store)
        if binary is None or target.is_dir():
            return target.is_dir()
        with tempfile.TemporaryDirectory(prefix=f".{tool}.", dir=self._store) as trial:
            program = Path(trial) / tool
            self._unpack(binary.archive, {binary.member: tool}.get, Path(trial))
            program.chmod(0o755)
            if tool_version(program) != package.version:
                return False
            with making(target) as folder:
                if folder is not None:
                    program.rename(folder / tool)
        return True

    def _unpack(self, archive: Archive, place: Place, folder: Path) -> None:
        if archive.record_sha256 and not archive_path(archive, self._store).exists():
            remote = self._remote(archive)
            if remote is not None:
                unpack_wheel(cast("IO[bytes]", remote), archive, place, folder)
                return
        path = download(archive, self._store, self._progress)
        if archive.record_sha256:
            with open(path, "rb") as stream:
                unpack_wheel(stream, archive, place, folder)
        else:
            unpack_tar(path, place, folder)

    def _remote(self, archive: Archive) -> RemoteFile | None:
        """The archive where it is, if its server gives parts of it; whatever is wrong with it, download() tells."""
        if archive.file not in self._open:
            try:
                for url in addresses(archive):
                    candidate = RemoteFile(url, archive, self._progress)
                    try:
                        candidate.read(1)
                    except (NoPartsError, http.MissingFileError):
                        continue
                    self._open[archive.file] = candidate
                    break
            except OpsieveError:
                return None
        return self._open.get(archive.file)
