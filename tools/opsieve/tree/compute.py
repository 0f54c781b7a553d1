"""Reading translation units, on all processors: a list of .cc files in, rows of the index out."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from opsieve.dtypes import in_enum_order
from opsieve.errors import OpsieveError
from opsieve.tree.document import UnitRows, kernel_row, op_row, skipped_row
from opsieve.tree.expressions import Scope
from opsieve.tree.index import Skipped
from opsieve.tree.macros import Macro, parse_macro
from opsieve.tree.registrations import Registrations
from opsieve.tree.sources import may_register, read_source
from opsieve.tree.store import FileStore
from opsieve.tree.unit import MARKER_NAMES, Unit

# What every C++ compiler of TensorFlow's defines, as far as its sources ask.
_COMPILER_DEFINES = {"__cplusplus": "201703L", "__STDC__": "1", "__STDC_HOSTED__": "1"}

_TYPES_HEADER = "tensorflow/core/framework/types.h"
_TYPE_SET = re.compile(r"\bk?(RealNumberTypes|NumberTypes|QuantizedTypes)\b\s*(?:=|\(\s*\)\s*\{\s*return)([^;]*);")
_DT = re.compile(r"\bDT_\w+")

_CHUNK = 12


class Reader:
    """Reads the units of one tree under one set of defines; parsed headers are shared between them."""

    def __init__(self, tree: Path, defines: dict[str, str], include_folders: tuple[Path, ...] = ()) -> None:
        self._store = FileStore(tree, MARKER_NAMES, include_folders)
        self._defines: dict[str, Macro] = {}
        for name, value in {**_COMPILER_DEFINES, **defines}.items():
            macro = parse_macro(f"{name} {value}")
            if macro is None:
                raise OpsieveError(f"cannot define {name} as {value!r}")
            self._defines[name] = macro
        self._type_sets = self._read_type_sets()

    def _read_type_sets(self) -> dict[str, tuple[str, ...]]:
        """NumberTypes and its like, as types.h has them under these defines."""
        header = self._store.parsed(_TYPES_HEADER)
        if header is None:
            return {}
        sets = {}
        for text in Unit(self._store, header, self._defines).active_texts():
            for name, body in _TYPE_SET.findall(text):
                dtypes = in_enum_order(_DT.findall(body))
                if dtypes:
                    sets[name] = dtypes
        return sets

    def read(self, path: str) -> UnitRows:
        """Read one .cc. What cannot be read is in ``skipped``, with the reason."""
        rows = UnitRows(path)
        source = read_source(self._store.path(path))
        if not may_register(source):
            return rows
        unit = Unit(self._store, self._store.parse(path, source), self._defines)
        failure = None
        try:
            unit.run()
        except OpsieveError as error:
            failure = error
        found = Registrations(Scope(self._store, unit.files.values()), path, self._type_sets)
        for call in unit.calls:
            found.add(call)
        if failure is not None:
            found.skipped.append(Skipped("the rest of the file", path, 1, failure.message))
        rows.dependencies = tuple(unit.files)
        rows.kernels = [kernel_row(kernel) for kernel in found.kernels]
        rows.ops = [op_row(op) for op in found.ops]
        rows.skipped = [skipped_row(skipped) for skipped in found.skipped]
        return rows


def read_units(
    tree: Path,
    defines: dict[str, str],
    include_folders: tuple[Path, ...],
    paths: Sequence[str],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[UnitRows]:
    """Read many units, on every processor this process may use; in no particular order.

    ``progress`` is told how many are done, of how many; first 0, before there is any worker process.

    Raises:
        OpsieveError: a file cannot be read.
    """
    total = len(paths)
    chunks = [list(paths[start : start + _CHUNK]) for start in range(0, total, _CHUNK)]
    workers = min(len(chunks), _processors())
    done = 0
    if progress is not None:
        progress(done, total)
    if workers <= 1:
        reader = Reader(tree, defines, include_folders)
        for path in paths:
            yield reader.read(path)
            done += 1
            if progress is not None:
                progress(done, total)
        return
    # fork shares the modules that are loaded; where it is unsafe or missing, spawn costs a fraction of a second.
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() and os.uname().sysname == "Linux" else "spawn"
    context = multiprocessing.get_context(method)
    with context.Pool(workers, _start_worker, (tree, defines, include_folders)) as pool:
        for result in pool.imap_unordered(_read_chunk, chunks):
            if isinstance(result, OpsieveError):
                raise result
            yield from result
            done += len(result)
            if progress is not None:
                progress(done, total)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_reader: Reader | None = None


def _start_worker(tree: Path, defines: dict[str, str], include_folders: tuple[Path, ...]) -> None:
    global _reader
    # Ctrl-C reaches the whole process group; the parent ends its workers, quietly.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _reader = Reader(tree, defines, include_folders)


def _read_chunk(paths: list[str]) -> list[UnitRows] | OpsieveError:
    assert _reader is not None
    try:
        return [_reader.read(path) for path in paths]
    except OpsieveError as error:
        return OpsieveError(error.message, hint=error.hint)
