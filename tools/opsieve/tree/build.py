"""The index of a source tree: what is cached is used, what changed is read again."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.files import shown_paths
from opsieve.tree.cache import Cache, cache_file
from opsieve.tree.document import LazyRows, Row, UnitRows, count, kernel_of, op_of, skipped_row
from opsieve.tree.index import Index, Skipped, Totals
from opsieve.tree.presets import DEFAULT_PRESET, resolve_defines
from opsieve.tree.sources import check_tree, list_sources, read_source, tree_version

Progress = Callable[[int, int], None]
FileState = tuple[str, int, int, bytes]

_INCLUDE_LEVELS = 5


def build_index(
    tree: Path,
    *,
    preset: str = DEFAULT_PRESET,
    define: Mapping[str, str] | Iterable[str] = (),
    undefine: Iterable[str] = (),
    sources: tuple[Path, ...] = (),
    cache: bool = True,
    mentioning: frozenset[str] | None = None,
    progress: Progress | None = None,
    warn: Callable[[str], None] | None = None,
) -> Index:
    """The kernels and op definitions of a tree under a preset's defines.

    ``define`` has ``NAME`` or ``NAME=VALUE`` entries, or is a mapping. ``sources`` are further folders of custom ops.
    With ``mentioning``, only files that have one of these words are read, without the cache, to ask for a few ops.
    Two runs at once are safe: the second waits for the first and uses what it stored. When the cache cannot be
    written, ``warn`` is told and the index is built all the same.

    Raises:
        OpsieveError: not a source tree, an unknown preset, or a file that cannot be read.
    """
    entries = [f"{name}={value}" for name, value in define.items()] if isinstance(define, Mapping) else define
    defines = resolve_defines(preset, entries, undefine)
    check_tree(tree)
    shown = {str(folder.resolve()): name for folder, name in zip(sources, shown_paths(sources), strict=True)}
    job = _Job(tree.resolve(), preset, defines, tuple(map(Path, shown)), shown, progress)
    if mentioning is not None or not cache:
        return job.fresh(mentioning)
    path = cache_file(job.tree, defines, job.sources)
    try:
        store = Cache(path)
        try:
            return job.through(store)
        finally:
            store.close()
    except (sqlite3.Error, OSError) as error:
        if warn is not None:
            warn(f"the cache {path} cannot be used ({error}); going on without it")
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            # Not a database, or a damaged one: the next run starts afresh.
            path.unlink(missing_ok=True)
        return job.fresh()


def extended_index(
    base: Index, tree: Path, sources: tuple[Path, ...], warn: Callable[[str], None] | None = None
) -> Index:
    """``base``, an index of ``tree``, with what folders of custom ops register under its defines.

    Of the tree only headers have to be there: nothing else of it is read.

    Raises:
        OpsieveError: not a source tree, or a file or folder that cannot be read.
    """
    check_tree(tree)
    shown = {str(folder.resolve()): name for folder, name in zip(sources, shown_paths(sources), strict=True)}
    job = _Job(tree.resolve(), base.preset, dict(base.defines), tuple(map(Path, shown)), shown, None)
    added = job.of_sources_alone()
    if warn is not None:
        for name in sorted(added.ops.keys() & base.ops.keys()):
            warn(f"{added.ops[name].file}:{added.ops[name].line}: op {name} is defined in {base.ops[name].file} too")
    kernels = {
        op: (*base.kernels.get(op, ()), *added.kernels.get(op, ())) for op in base.kernels.keys() | added.kernels.keys()
    }
    devices = Counter(base.totals.kernels)
    devices.update(added.totals.kernels)
    return replace(
        base,
        # Of a definition that is repeated, the tree's own is meant.
        ops={**added.ops, **base.ops},
        kernels=kernels,
        skipped=(*base.skipped, *added.skipped),
        totals=Totals(
            dict(sorted(devices.items())),
            base.totals.kernel_files + added.totals.kernel_files,
            base.totals.op_files + added.totals.op_files,
        ),
        state="",
    )


@dataclass(slots=True)
class _Job:
    tree: Path
    preset: str
    defines: dict[str, str]
    sources: tuple[Path, ...]
    shown: dict[str, str]  # folders of ``sources`` as an index names them
    progress: Progress | None

    def fresh(self, mentioning: frozenset[str] | None = None) -> Index:
        """Read everything, or what mentions some words; store nothing."""
        paths = list_sources(self.tree, self.sources).sources
        if mentioning is not None:
            words = re.compile(rb"\b(?:" + b"|".join(re.escape(word).encode() for word in sorted(mentioning)) + rb")\b")
            paths = [path for path in paths if words.search(read_source(self._on_disk(path)))]
        return self._index(merge(self._read(paths)), tree_version(self.tree))

    def of_sources_alone(self) -> Index:
        """Read the user's own folders; store nothing."""
        paths = [path for path in list_sources(self.tree, self.sources).sources if path.startswith("/")]
        return self._index(merge(self._read(paths)), tree_version(self.tree))

    def through(self, store: Cache) -> Index:
        """Use the cache, after bringing it up to date."""
        with store.reading():
            if store.is_complete() and not self._changed(store):
                return self._stored(store)
        with store.writing():
            # Another run may have done the work while this one waited.
            if not store.is_complete() or self._changed(store):
                self._update(store)
            return self._stored(store)

    def _stored(self, store: Cache) -> Index:
        meta = store.meta()
        skipped = [Skipped(**row) for row in json.loads(meta["skipped"])]
        merged = Merged(*store.index_rows(), skipped, Totals(**json.loads(meta["totals"])))
        return replace(self._index(merged, meta["version"]), state=meta["state"])

    def _index(self, merged: Merged, version: str) -> Index:
        return Index(
            version=version,
            preset=self.preset,
            defines=self.defines,
            ops=LazyRows(merged.ops, lambda text: op_of(self._named(json.loads(text)))),
            kernels=LazyRows(
                merged.kernels, lambda text: tuple(kernel_of(self._named(row)) for row in json.loads(text))
            ),
            skipped=tuple(replace(row, file=self._name(row.file)) for row in merged.skipped),
            totals=merged.totals,
        )

    def _named(self, row: Row) -> Row:
        if self.shown:
            row["file"] = self._name(row["file"])
        return row

    def _name(self, path: str) -> str:
        """A file of the user's own folders, absolute while it is read, by the folder's name as given."""
        if path.startswith("/"):
            for folder, name in self.shown.items():
                if path.startswith(f"{folder}/"):
                    return f"{name}{path[len(folder) :]}"
        return path

    def _read(self, paths: list[str]) -> list[UnitRows]:
        # Not imported when the cache has everything: it brings the whole reader along.
        from opsieve.tree.compute import read_units

        # What a compiler would be given with -I for custom ops: their folder, or one of those above it.
        above = [parent for folder in self.sources for parent in list(folder.parents)[:_INCLUDE_LEVELS]]
        folders = tuple(dict.fromkeys([*self.sources, *above]))
        return list(read_units(self.tree, self.defines, folders, paths, self.progress))

    def _on_disk(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.tree}/{path}"

    def _changed(self, store: Cache) -> bool:
        """Whether any file or folder looks different from when it was read (size and time stamp, as make does)."""
        stat = os.stat
        prefix = f"{self.tree}/"
        try:
            for path, mtime in store.folders():
                if stat(path if path[0] == "/" else prefix + path).st_mtime_ns != mtime:
                    return True
            for path, size, mtime in store.file_stamps():
                found = stat(path if path[0] == "/" else prefix + path)
                if found.st_mtime_ns != mtime or found.st_size != size:
                    return True
        except OSError:
            return True
        return False

    def _update(self, store: Cache) -> None:
        listing = list_sources(self.tree, self.sources)
        known = {path: (size, mtime, digest) for path, size, mtime, digest in store.files()}
        units = store.units() if known else {}
        current: dict[str, FileState] = {}
        changed: set[str] = set()
        for path in {*listing.sources, *known}:
            state = self._state(path, known.get(path))
            if state is not None:
                current[path] = state
            if state is None or path not in known or state[3] != known[path][2]:
                changed.add(path)
        stale = [
            path
            for path in listing.sources
            if path not in units or path in changed or not changed.isdisjoint(units[path].dependencies)
        ]
        if store.meta().get("headers") != listing.headers:
            stale = listing.sources
        fresh = self._read(stale)
        removed = set(units) - set(listing.sources)
        for path in removed:
            del units[path]
        for unit in fresh:
            units[unit.path] = unit
        for path in {dependency for unit in units.values() for dependency in unit.dependencies} - set(current):
            state = self._state(path, known.get(path))
            if state is not None:
                current[path] = state
        merged = merge(units.values())
        store.put_units(fresh, removed)
        store.put_index(merged.ops, merged.kernels)
        store.put_state(
            {
                "version": tree_version(self.tree),
                "headers": listing.headers,
                "state": _state_of(current),
                "skipped": json.dumps([skipped_row(row) for row in merged.skipped]),
                "totals": json.dumps(asdict(merged.totals)),
            },
            sorted(current.values()),
            [(folder, os.stat(self._on_disk(folder)).st_mtime_ns) for folder in listing.folders],
        )

    def _state(self, path: str, known: tuple[int, int, bytes] | None) -> FileState | None:
        """Size, time stamp and digest of a file, read only where it looks different from ``known``; None if gone."""
        place = self._on_disk(path)
        try:
            found = os.stat(place)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OpsieveError(f"{place}: cannot be read: {error.strerror or error}") from error
        if known is not None and (found.st_size, found.st_mtime_ns) == known[:2]:
            return path, *known
        return path, found.st_size, found.st_mtime_ns, hashlib.blake2b(read_source(place), digest_size=16).digest()


@dataclass(slots=True)
class Merged:
    """All units' rows by op, each as JSON still to be decoded."""

    ops: dict[str, str]
    kernels: dict[str, str]
    skipped: list[Skipped]
    totals: Totals


def merge(units: Iterable[UnitRows]) -> Merged:
    """All units' rows by op, in an order that does not depend on the order of reading."""
    ops: dict[str, list[Row]] = {}
    kernels: dict[str, list[Row]] = {}
    skipped: list[Skipped] = []
    for unit in units:
        for row in unit.ops:
            ops.setdefault(row["name"], []).append(row)
        for row in unit.kernels:
            kernels.setdefault(row["op"], []).append(row)
        skipped.extend(Skipped(**row) for row in unit.skipped)
    encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
    # Of a definition that a custom op's folder repeats, the tree's own is meant.
    chosen = {
        name: min(rows, key=lambda row: (row["file"][0] == "/", *_place(row))) for name, rows in sorted(ops.items())
    }
    return Merged(
        {name: encode(row) for name, row in chosen.items()},
        {op: encode(sorted(rows, key=lambda row: (*_place(row), encode(row)))) for op, rows in sorted(kernels.items())},
        sorted(skipped, key=lambda row: (row.file, row.line, row.text)),
        count(chosen.values(), (row for rows in kernels.values() for row in rows)),
    )


def _state_of(files: Mapping[str, FileState]) -> str:
    content = hashlib.blake2b(digest_size=16)
    for path in sorted(files):
        content.update(path.encode("utf-8", "surrogateescape") + b"\0" + files[path][3])
    return content.hexdigest()


def _place(row: Row) -> tuple[str, int]:
    return row["file"], row["line"]
