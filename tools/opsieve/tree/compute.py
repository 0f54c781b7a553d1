"""Reading translation units, on all processors: a list of .cc files in, rows of the index out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from opsieve.dtypes import in_enum_order
from opsieve.errors import OpsieveError
from opsieve.processes import in_processes, processors
from opsieve.tree.document import UnitRows, kernel_row, op_row, skipped_row
from opsieve.tree.expressions import Scope
from opsieve.tree.index import Skipped
from opsieve.tree.macros import macro_table
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
        self._defines = macro_table({**_COMPILER_DEFINES, **defines})
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
    workers = min(len(chunks), processors())
    done = 0
    if progress is not None:
        progress(done, total)
    if workers <= 1:
        results: Iterator[list[UnitRows]] = map(
            _start_reading(tree, defines, include_folders), ([one] for one in paths)
        )
    else:
        results = in_processes(chunks, workers, _start_reading, tree, defines, include_folders)
    for result in results:
        yield from result
        done += len(result)
        if progress is not None:
            progress(done, total)


def _start_reading(
    tree: Path, defines: dict[str, str], include_folders: tuple[Path, ...]
) -> Callable[[list[str]], list[UnitRows]]:
    reader = Reader(tree, defines, include_folders)
    return lambda paths: [reader.read(path) for path in paths]
