"""The cache of an index: one SQLite file a tree and set of defines, updated only where files changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from opsieve import __version__
from opsieve.resources import cache_folder
from opsieve.tree.document import UnitRows

# Raised whenever what is stored, or how a unit is read, changes.
FORMAT = 3

_WAIT_SECONDS = 300.0

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, digest BLOB);
CREATE TABLE IF NOT EXISTS folders (path TEXT PRIMARY KEY, mtime_ns INTEGER);
CREATE TABLE IF NOT EXISTS units (path TEXT PRIMARY KEY, dependencies TEXT, rows TEXT);
CREATE TABLE IF NOT EXISTS kernels (op TEXT PRIMARY KEY, rows TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ops (name TEXT PRIMARY KEY, row TEXT NOT NULL);
"""


def cache_file(tree: Path, defines: dict[str, str], sources: tuple[Path, ...]) -> Path:
    """Where the index of a tree under some defines is cached."""
    key = json.dumps([FORMAT, __version__, str(tree), defines, [str(folder) for folder in sources]])
    return cache_folder() / f"index-{hashlib.sha256(key.encode()).hexdigest()[:24]}.sqlite"


class Cache:
    """An open cache file.

    Raises:
        sqlite3.Error, OSError: from every method, when the file cannot be used; the caller goes on without a cache.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._database = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Everything read within is of one state, whatever other processes write."""
        self._database.execute("BEGIN")
        try:
            yield
        finally:
            self._database.execute("ROLLBACK")

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other writers out; all that is written within becomes visible at once, or nothing of it."""
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # A full disk has ended the transaction already.
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def is_complete(self) -> bool:
        """Whether a whole index is stored."""
        found = self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        return found is not None and "version" in self.meta()

    def meta(self) -> dict[str, str]:
        """What is known of the tree as a whole."""
        return dict(self._database.execute("SELECT key, value FROM meta"))

    def file_stamps(self) -> list[tuple[str, int, int]]:
        """Path, size and time stamp (ns) of every file that was read."""
        return self._database.execute("SELECT path, size, mtime_ns FROM files").fetchall()

    def files(self) -> list[tuple[str, int, int, bytes]]:
        """Path, size, time stamp (ns) and digest of every file that was read."""
        return self._database.execute("SELECT path, size, mtime_ns, digest FROM files").fetchall()

    def folders(self) -> list[tuple[str, int]]:
        """Path and time stamp (ns) of every folder that was listed."""
        return self._database.execute("SELECT path, mtime_ns FROM folders").fetchall()

    def units(self) -> dict[str, UnitRows]:
        """What every .cc registers."""
        result = {}
        for path, dependencies, rows in self._database.execute("SELECT path, dependencies, rows FROM units"):
            kernels, ops, skipped = json.loads(rows)
            result[path] = UnitRows(path, tuple(json.loads(dependencies)), kernels, ops, skipped)
        return result

    def index_rows(self) -> tuple[dict[str, str], dict[str, str]]:
        """The merged index: op definitions and kernels by op, each as JSON still to be decoded."""
        return (
            dict(self._database.execute("SELECT name, row FROM ops")),
            dict(self._database.execute("SELECT op, rows FROM kernels")),
        )

    def put_state(
        self, meta: dict[str, str], files: list[tuple[str, int, int, bytes]], folders: list[tuple[str, int]]
    ) -> None:
        """Replace what is known of files and folders."""
        for table in ("meta", "files", "folders"):
            self._database.execute(f"DELETE FROM {table}")
        self._database.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        self._database.executemany("INSERT INTO files VALUES (?, ?, ?, ?)", files)
        self._database.executemany("INSERT INTO folders VALUES (?, ?)", folders)

    def put_units(self, changed: list[UnitRows], removed: set[str]) -> None:
        """Replace what some units register, and forget others."""
        self._database.executemany("DELETE FROM units WHERE path = ?", [(path,) for path in removed])
        self._database.executemany(
            "INSERT OR REPLACE INTO units VALUES (?, ?, ?)",
            [
                (unit.path, json.dumps(unit.dependencies), json.dumps([unit.kernels, unit.ops, unit.skipped]))
                for unit in changed
            ],
        )

    def put_index(self, ops: dict[str, str], kernels: dict[str, str]) -> None:
        """Replace the merged index."""
        self._database.execute("DELETE FROM ops")
        self._database.execute("DELETE FROM kernels")
        self._database.executemany("INSERT INTO ops VALUES (?, ?)", ops.items())
        self._database.executemany("INSERT INTO kernels VALUES (?, ?)", kernels.items())
