"""Baselines as JSON (schema 1), small enough to commit; reports read back as far as they go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from opsieve import __version__
from opsieve.errors import OpsieveError
from opsieve.files import read_limited
from opsieve.selection.lock.lock import Lock
from opsieve.size.attribution import KERNEL, OP, OWNER_KINDS, Owner
from opsieve.size.compare.baseline import Baseline, Measured, merged
from opsieve.size.totals import Sizes

SCHEMA = 1
WHAT = "opsieve size baseline"
MAX_SIZE = 64 << 20
"""Bytes. A baseline has some 50 thousand, a report of a library with every op of TensorFlow some million."""

_HINT = "Make it with `opsieve size baseline FILE -o baseline.json`"
_LARGEST = 1 << 62
_MOST_FACTS = 10_000
# Every row of a folder has its name again in memory.
_LONGEST_FOLDER = 4096
_NOTHING: Mapping[str, tuple[str, ...]] = {}
_FACTS = ("ops", "classes", "dtypes", "models")
# Owners of code outside of packages and kernels are called after their source, which then is not said twice.
_SOURCES = (".cc", ".cpp", ".cxx", ".c", ".mm", ".m", ".S")
_SHARED = re.compile(r"shared by (?P<ops>[A-Za-z0-9_]+(?:, [A-Za-z0-9_]+)*)")
_IN_FOLDERS = (*_SOURCES, ".proto", ".h")


def to_json(baseline: Baseline) -> bytes:
    """A baseline: ASCII, sorted, one row a line; the same bytes for equal ones."""
    head: dict[str, object] = {
        "schema": SCHEMA,
        "what": WHAT,
        "generated_by": f"opsieve {__version__}",
        "file": baseline.file,
        "kind": baseline.kind,
        "machine": baseline.machine,
        "file_size": baseline.file_size,
        "loaded_size": baseline.loaded_size,
        "build": dict(baseline.build),
        "evidence": baseline.evidence,
    }
    if baseline.unselected is not None:
        head["unselected"] = {"count": baseline.unselected[0], "some": baseline.unselected[1]}
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    parts.append(_object("sections", {name: _pair(sizes) for name, sizes in baseline.sections}))
    models = tuple(sorted({model for row in baseline.owners for model in row.owner.models}))
    parts.append(f'"models": {json.dumps(models)}')
    kinds = {row.owner.kind: None for row in baseline.owners}
    owners = (
        _array(kind, _in_folders([row for row in baseline.owners if row.owner.kind == kind], models)) for kind in kinds
    )
    parts.append('"owners": {\n' + ",\n".join(owners) + "\n}")
    told = _sources_told_by_owners(baseline.owners)
    rest = {name: _pair(sizes) for name, sizes in baseline.sources if told.get(name) != sizes}
    parts.append(_object("sources", rest))
    if baseline.lock is not None:
        from opsieve.selection.lock.write import to_yaml

        lines = to_yaml(baseline.lock).decode("ascii").splitlines()
        parts.append(_array("lock", (line for line in lines if not line.startswith("#"))))
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode("ascii")


def _in_folders(rows: Iterable[Measured], models: tuple[str, ...]) -> Iterator[object]:
    """The rows of a kind; before those of sources in another folder than the last, that folder."""
    last = ""
    for row in rows:
        name = row.owner.name
        at = name.rfind("/") + 1
        folder = name[:at] if name.endswith(_IN_FOLDERS) and at <= _LONGEST_FOLDER else ""
        if folder != last:
            yield folder
        last = folder
        yield _row(row, folder, models)


def _row(row: Measured, folder: str, models: tuple[str, ...]) -> list[object]:
    name = row.owner.name.removeprefix(folder)
    cells: list[object] = [name, row.file_size, row.loaded_size, row.code_size, row.functions]
    implied = _implied(row.owner.name, row.owner.kind, models)
    facts = {key: values for key in _FACTS if (values := getattr(row.owner, key)) != implied.get(key, ())}
    if facts:
        cells.append(facts)
    elif row.code_size is None:
        del cells[3:]
    return cells


def _implied(name: str, kind: str, models: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What is not written of an owner: all models, and of a kernel what it is called after."""
    if kind not in (KERNEL, OP):
        return {}
    found = {"models": models}
    if kind == KERNEL and (shared := _SHARED.fullmatch(name)):
        return found | {"ops": tuple(shared["ops"].split(", "))}
    ops, slash, text = name.partition("/")
    if kind == KERNEL and slash and not name.endswith(_IN_FOLDERS):
        return found | {"ops": tuple(ops.split(", ")), "classes": (text,)}
    return found


def _pair(sizes: Sizes) -> list[int]:
    return [sizes.file_size, sizes.loaded_size]


def _array(name: str, rows: Iterable[object]) -> str:
    lines = ",\n".join(json.dumps(row) for row in rows)
    return f"{json.dumps(name)}: [\n{lines}\n]" if lines else f"{json.dumps(name)}: []"


def _object(name: str, rows: Mapping[str, object]) -> str:
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items())
    return f"{json.dumps(name)}: {{\n{lines}\n}}" if lines else f"{json.dumps(name)}: {{}}"


def _sources_told_by_owners(owners: Iterable[Measured]) -> dict[str, Sizes]:
    return {
        row.owner.name: Sizes(row.file_size, row.loaded_size)
        for row in owners
        if "/" in row.owner.name and row.owner.name.endswith(_SOURCES)
    }


def is_document(content: bytes) -> bool:
    """Whether a file can be a baseline or a report, by how it begins."""
    return content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_baseline(path: Path | str) -> Baseline:
    """The baseline in a file, or what a JSON report tells of one.

    Raises:
        OpsieveError: it cannot be read, is too large, or is neither.
    """
    return from_json(read_limited(path, MAX_SIZE, "that is no baseline", _HINT), path)


def from_json(content: bytes, path: Path | str) -> Baseline:
    """The same of a file's content.

    Raises:
        OpsieveError: it is neither a baseline nor a report, or contradicts itself.
    """
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise OpsieveError(f"{path}:{error.lineno}:{error.colno}: is not JSON: {error.msg}", hint=_HINT) from None
    except (ValueError, RecursionError):
        raise OpsieveError(f"{path}: is not JSON", hint=_HINT) from None
    return _Reader(str(path)).baseline(document)


class _Reader:
    """Takes a document apart; nothing in it is trusted."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._models: tuple[str, ...] | None = None

    def baseline(self, document: object) -> Baseline:
        top = self._mapping(document, "the file")
        if top.get("schema") != SCHEMA:
            self._wrong(f"has schema {top.get('schema')!r}, this opsieve reads schema {SCHEMA}")
        listed = top.get("owners")
        if isinstance(listed, dict):
            self._models = self._texts(top["models"], "models") if "models" in top else None
            owners = [row for kind, rows in listed.items() for row in self._of_kind(kind, self._list(rows, kind))]
            sections = self._pairs(top.get("sections", {}), "sections")
        else:
            owners = [self._reported(self._mapping(row, "owners")) for row in self._list(listed, "owners")]
            rows = [self._mapping(row, "sections") for row in self._list(top.get("sections", []), "sections")]
            sections = tuple((self._text(row, "name"), self._sizes(row)) for row in rows)
        size = self._size(top.get("file_size"), "file_size")
        if sum(row.file_size for row in owners) != size:
            self._wrong(f"its owners' sizes do not sum to the file's {size:,}")
        sources = _sources_told_by_owners(owners) | dict(self._pairs(top.get("sources", {}), "sources"))
        return Baseline(
            file=self._text(top, "file"),
            kind=self._text(top, "kind"),
            machine=self._text(top, "machine"),
            file_size=size,
            loaded_size=self._size(top.get("loaded_size"), "loaded_size"),
            owners=merged(owners),
            sections=tuple(sorted(sections, key=lambda row: row[0])),
            sources=tuple(sorted(sources.items())),
            build=tuple(
                (name, self._string(value, "build"))
                for name, value in self._mapping(top.get("build", {}), "build").items()
            ),
            evidence=self._texts(top.get("evidence", []), "evidence"),
            unselected=self._unselected(top.get("unselected")),
            lock=self._lock(top.get("lock")),
        )

    def _of_kind(self, kind: str, rows: list[Any]) -> Iterator[Measured]:
        folder = ""
        for row in rows:
            if isinstance(row, str):
                if len(row) > _LONGEST_FOLDER:
                    self._wrong(f"owners of {kind}: a folder of {len(row):,} characters")
                folder = row
            else:
                yield self._measured(kind, folder, row)

    def _measured(self, kind: str, folder: str, row: object) -> Measured:
        cells = self._list(row, kind)
        if len(cells) not in (3, 5, 6):
            self._wrong(f"owners of {kind}: a row of {len(cells)} values")
        name = folder + self._string(cells[0], "owners")
        sizes = [self._size(cell, name) for cell in cells[1:3]]
        told = [None if cell is None else self._size(cell, name) for cell in cells[3:5]] or [None, None]
        if None in told:
            told = [None, None]
        facts = self._mapping(cells[5], name) if len(cells) == 6 else {}
        implied = _implied(name, kind, self._models) if self._models is not None else {}
        return Measured(self._owner(name, kind, facts, implied), sizes[0], sizes[1], told[0], told[1])

    def _reported(self, row: dict[str, Any]) -> Measured:
        owner = self._owner(self._text(row, "name"), self._text(row, "kind"), row)
        sizes = self._sizes(row)
        return Measured(owner, sizes.file_size, sizes.loaded_size)

    def _owner(
        self, name: str, kind: str, facts: dict[str, Any], implied: Mapping[str, tuple[str, ...]] = _NOTHING
    ) -> Owner:
        if kind not in OWNER_KINDS:
            self._wrong(f"{kind!r} is no kind of owner; known are {', '.join(OWNER_KINDS)}")
        ops, classes, dtypes, models = (
            self._texts(facts[key], key) if key in facts else implied.get(key, ()) for key in _FACTS
        )
        return Owner(name, kind, ops, classes, dtypes, models)

    def _unselected(self, value: object) -> tuple[int, tuple[str, ...]] | None:
        if value is None:
            return None
        row = self._mapping(value, "unselected")
        return self._size(row.get("count"), "unselected"), self._texts(row.get("some"), "unselected")

    def _lock(self, value: object) -> Lock | None:
        if value is None:
            return None
        from opsieve.selection.lock.read import from_yaml

        lines = "\n".join(self._texts(value, "lock", most=None))
        return from_yaml(f"{lines}\n".encode("utf-8", "replace"), f"{self._path}, the lock in it")

    def _pairs(self, value: object, where: str) -> tuple[tuple[str, Sizes], ...]:
        found = []
        for name, row in self._mapping(value, where).items():
            cells = self._list(row, where)
            if len(cells) != 2:
                self._wrong(f"{where}: {name!r} has {len(cells)} sizes, not 2")
            found.append((name, Sizes(self._size(cells[0], name), self._size(cells[1], name))))
        return tuple(found)

    def _sizes(self, row: dict[str, Any]) -> Sizes:
        return Sizes(*(self._size(row.get(name), name) for name in ("file_size", "loaded_size")))

    def _size(self, value: object, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST:
            self._wrong(f"{where!r}: {value!r} is no size")
        return value

    def _texts(self, value: object, where: str, most: int | None = _MOST_FACTS) -> tuple[str, ...]:
        rows = self._list(value, where)
        if most is not None and len(rows) > most:
            self._wrong(f"{where!r} has {len(rows):,} values")
        return tuple(self._string(row, where) for row in rows)

    def _text(self, row: dict[str, Any], name: str) -> str:
        return self._string(row.get(name), name)

    def _string(self, value: object, where: str) -> str:
        if not isinstance(value, str):
            self._wrong(f"{where!r}: expected a text")
        return value

    def _mapping(self, value: object, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._wrong(f"{where!r}: expected an object")
        return value

    def _list(self, value: object, where: str) -> list[Any]:
        if not isinstance(value, list):
            self._wrong(f"{where!r}: expected a list")
        return value

    def _wrong(self, what: str) -> NoReturn:
        raise OpsieveError(f"{self._path}: is no size baseline or report: {what[:300]}", hint=_HINT)
