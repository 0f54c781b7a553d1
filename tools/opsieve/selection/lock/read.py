"""``opsieve.lock`` (schema 1) read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from opsieve.errors import OpsieveError
from opsieve.selection.lock.document import Value, parse
from opsieve.selection.lock.lock import Lock, LockedKernel, LockedModel, LockedOp, NeededBy, locked_op
from opsieve.selection.lock.write import SCHEMA

MAX_SIZE = 256 << 20
"""Bytes. A thousand models that need a hundred kernels each make about 10 MB."""

_Row = TypeVar("_Row")


def read_lock(path: str) -> Lock:
    """The lock that a file holds.

    Raises:
        OpsieveError: it cannot be read, is too large, or is not a lock.
    """
    try:
        # A pipe too: that is how shells hand over what `git show` prints.
        with open(path, "rb") as stream:
            raw = stream.read(MAX_SIZE + 1)
    except FileNotFoundError:
        raise OpsieveError(f"{path}: there is no such lock", hint="Make it with `opsieve lock MODEL...`") from None
    except OSError as error:
        raise OpsieveError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_SIZE:
        raise OpsieveError(f"{path}: is larger than {MAX_SIZE >> 20} MiB; that is no lock")
    return from_yaml(raw, path)


def from_yaml(raw: bytes, path: Path | str) -> Lock:
    """The lock in ``raw``, the content of the file ``path``. Keys that schema 1 does not have are ignored.

    Raises:
        OpsieveError: it is not a lock, or one of another schema, or contradicts itself; with line and column.
    """
    document = parse(raw, str(path))
    schema = document.member("schema")
    if schema.integer() != SCHEMA:
        raise OpsieveError(
            f"{schema.where}: this lock has schema {schema.content}, this opsieve reads schema {SCHEMA}",
            hint="Make the lock again with this version of opsieve, or use the one that made it",
        )
    tensorflow = document.member("tensorflow")
    check = _Mentioned(document)
    unresolved = document.optional("unresolved")
    return Lock(
        version=tensorflow.member("version").text(),
        sources=_sorted(tensorflow.member("source").texts()),
        defines=tensorflow.member("defines").mapping(Value.text),
        runtime=document.member("runtime").mapping(Value.switch),
        commands=_sorted(document.member("made_by").texts()),
        models=_once(document.member("models"), _model, lambda model: model.path),
        ops=_once(document.member("ops"), check.op, lambda op: op.name),
        files=_sorted(check.files),
        unresolved=dict(_once(unresolved, check.unresolved, lambda row: row[0])) if unresolved else {},
    )


def _once(rows: Value, read: Callable[[Value], _Row], name: Callable[[_Row], str]) -> tuple[_Row, ...]:
    """The rows of a list in the order of their names, each of which may be there once."""
    found: dict[str, _Row] = {}

    def add(row: Value) -> None:
        one = read(row)
        if name(one) in found:
            raise OpsieveError(f"{row.where}: {name(one)!r} is there twice", hint="Make the lock again: `opsieve lock`")
        found[name(one)] = one

    rows.items(add)
    return tuple(found[each] for each in sorted(found))


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def _model(row: Value) -> LockedModel:
    return LockedModel(row.member("path").text(), row.member("format").text(), row.member("sha256").text())


class _Mentioned:
    """Reads rows, and what they mention has to be there: a merge of text may drop one and keep the other."""

    def __init__(self, document: Value) -> None:
        self.models = frozenset(document.member("models").items(lambda row: row.member("path").text()))
        self.files = frozenset(document.member("files").texts())
        self._files_or_none = self.files | {""}

    def op(self, row: Value) -> LockedOp:
        kernels = row.optional("kernels")
        return locked_op(
            row.member("op").text(),
            self._file(row.member("file")),
            kernels.items(self._kernel) if kernels else (),
            self._needed_by(row),
        )

    def unresolved(self, row: Value) -> tuple[str, NeededBy]:
        return row.member("op").text(), self._needed_by(row)

    def _kernel(self, row: Value) -> LockedKernel:
        types, values = row.optional("types"), row.optional("values")
        label, priority = row.optional("label"), row.optional("priority")
        return LockedKernel(
            class_text=row.member("class").text(),
            device=row.member("device").text(),
            types=types.mapping(Value.texts) if types else {},
            file=self._file(row.member("file")),
            needed_by=self._needed_by(row),
            label=label.text() if label else "",
            priority=priority.integer() if priority else 0,
            values=values.mapping(lambda listed: listed.items(Value.value)) if values else {},
        )

    def _file(self, value: Value) -> str:
        return self._known(value, value.text(), self._files_or_none, "files")

    def _needed_by(self, row: Value) -> NeededBy:
        found = row.optional("needed_by")
        if found is None:
            return {}
        for model, why in found.members().items():
            self._known(why, model, self.models, "models")
        return found.mapping(Value.text)

    @staticmethod
    def _known(value: Value, name: str, among: frozenset[str], where: str) -> str:
        if name not in among:
            raise OpsieveError(
                f"{value.where}: {name!r} is not under {where!r}", hint="Make the lock again with `opsieve lock`"
            )
        return name
