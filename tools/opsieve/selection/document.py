"""A selection as the bytes of ``selection.json`` (schema 1), and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from opsieve import __version__
from opsieve.errors import OpsieveError
from opsieve.selection.selection import (
    Call,
    ModelDigest,
    Reason,
    SelectedKernel,
    SelectedOp,
    Selection,
    Source,
    Unresolved,
)
from opsieve.tree.index import Attr

SCHEMA = 1

_Row = TypeVar("_Row")


def to_json(selection: Selection, *, command: str = "") -> bytes:
    """The selection as ``selection.json``: ASCII, one row a line, the same bytes for equal selections.

    ``command`` is the command line that makes the file again; it is recorded, and not part of the selection.
    """
    parts = [
        f'"schema": {SCHEMA}',
        f'"generated_by": {json.dumps(f"opsieve {__version__}")}',
        f'"command": {json.dumps(command)}',
        f'"tensorflow": {json.dumps(_tensorflow(selection))}',
        f'"runtime": {json.dumps(_runtime(selection))}',
        _rows("models", map(_model, selection.models)),
        _rows("ops", map(_op, selection.ops)),
        _rows("kernels", map(_kernel, selection.kernels)),
        _rows("sources", map(_source, selection.sources)),
        _rows("unresolved", map(_unresolved, selection.unresolved)),
        _rows("calls", map(_call, selection.calls)),
    ]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode("ascii")


def from_json(content: bytes, path: Path | str) -> Selection:
    """The selection that ``content``, the bytes of the file ``path``, holds.

    Keys that schema 1 does not have are ignored.

    Raises:
        OpsieveError: not JSON, not a selection, of another schema, or a value of the wrong type; with its place.
    """
    document = _Value(_parse(content, path), str(path), "")
    schema = document.member("schema").integer()
    if schema != SCHEMA:
        raise OpsieveError(
            f"{path}: this selection has schema {schema}, this opsieve reads schema {SCHEMA}",
            hint="generate the selection again with this version of opsieve",
        )
    tensorflow = document.member("tensorflow")
    return Selection(
        version=tensorflow.member("version").text(),
        source=tensorflow.member("source").text(),
        defines=tensorflow.member("defines").mapping(_Value.text),
        models=document.member("models").items(_read_model),
        ops=document.member("ops").items(_read_op),
        kernels=document.member("kernels").items(_read_kernel),
        sources=document.member("sources").items(_read_source),
        unresolved=document.member("unresolved").items(_read_unresolved),
        runtime=document.member("runtime", {}).mapping(_Value.switch),
        calls=document.member("calls", []).items(_read_call),
    )


def read_selection(path: Path | str) -> tuple[Selection, str]:
    """The selection in a file, and the command line that it says it was made by ("" where it says none).

    Raises:
        OpsieveError: the file cannot be read; otherwise as :func:`from_json`.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise OpsieveError(
            f"{path}: cannot be read: {error.strerror or error}",
            hint="give the selection.json that `opsieve generate` wrote",
        ) from error
    selection = from_json(content, path)
    command = json.loads(content).get("command", "")
    return selection, command if isinstance(command, str) else ""


def _rows(name: str, rows: Iterable[Mapping[str, object]]) -> str:
    # json.dumps(indent=...) would leave the C encoder, and spread one kernel over ten lines of a diff.
    lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    return f'"{name}": [\n{lines}\n]' if lines else f'"{name}": []'


def _tensorflow(selection: Selection) -> dict[str, object]:
    return {
        "version": selection.version,
        "source": selection.source,
        "defines": dict(sorted(selection.defines.items())),
    }


def _runtime(selection: Selection) -> dict[str, str]:
    return {name: "on" if on else "off" for name, on in sorted(selection.runtime.items())}


def _model(model: ModelDigest) -> dict[str, object]:
    return {"path": model.path, "sha256": model.sha256, "format": model.format}


def _op(op: SelectedOp) -> dict[str, object]:
    attrs = [_attr(attr) for attr in op.attrs]
    return {"name": op.name, "file": op.file, "line": op.line, "attrs": attrs, "reasons": reason_rows(op.reasons)}


def _attr(attr: Attr) -> dict[str, object]:
    row: dict[str, object] = {"name": attr.name, "type": attr.type}
    if attr.default is not None:
        row["default"] = attr.default
    return row


def _kernel(kernel: SelectedKernel) -> dict[str, object]:
    row: dict[str, object] = {
        "op": kernel.op,
        "class": kernel.class_text,
        "device": kernel.device,
        "constraints": dict(sorted(kernel.constraints.items())),
        "file": kernel.file,
        "line": kernel.line,
        "reasons": reason_rows(kernel.reasons),
    }
    if kernel.label:
        row["label"] = kernel.label
    if kernel.priority:
        row["priority"] = kernel.priority
    if kernel.value_constraints:
        row["value_constraints"] = dict(sorted(kernel.value_constraints.items()))
    return row


def _source(source: Source) -> dict[str, object]:
    row: dict[str, object] = {"path": source.path, "kind": source.kind, "reasons": source.reasons}
    return row | {"why": source.why} if source.why else row


def _unresolved(need: Unresolved) -> dict[str, object]:
    return {
        "op": need.op,
        "types": dict(sorted(need.types.items())),
        "why": need.why,
        "allowed": need.allowed,
        "reasons": reason_rows(need.reasons),
    }


def _call(call: Call) -> dict[str, str]:
    row = {"model": call.model, "function": call.function}
    if call.caller:
        row["caller"] = call.caller
    return {**row, "node": call.node}


def reason_rows(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    """Reasons as they are in JSON."""
    rows = []
    for reason in reasons:
        row: dict[str, object] = {"model": reason.model}
        if reason.function:
            row["function"] = reason.function
        if reason.node:
            row["node"] = reason.node
        if reason.rule:
            row["rule"] = reason.rule
        if reason.types:
            row["types"] = dict(reason.types)
        rows.append(row)
    return rows


def _parse(content: bytes, path: Path | str) -> object:
    hint = "give the selection.json that `opsieve generate` wrote"
    try:
        return json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise OpsieveError(f"{path}: not UTF-8 text, at byte {error.start}", hint=hint) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise OpsieveError(f"{path}: not JSON: {error.msg}, at {where}", hint=hint) from error
    except RecursionError as error:
        raise OpsieveError(f"{path}: the JSON is nested too deeply for a selection", hint=hint) from error
    except ValueError as error:
        raise OpsieveError(f"{path}: not JSON that can be read: {error}", hint=hint) from error


def _read_model(value: _Value) -> ModelDigest:
    return ModelDigest(
        path=value.member("path").text(),
        sha256=value.member("sha256").text(),
        format=value.member("format").text(),
    )


def _read_op(value: _Value) -> SelectedOp:
    return SelectedOp(
        name=value.member("name").text(),
        reasons=value.member("reasons").items(_read_reason),
        file=value.member("file", "").text(),
        line=value.member("line", 0).integer(),
        attrs=value.member("attrs", []).items(_read_attr),
    )


def _read_attr(value: _Value) -> Attr:
    default = value.member("default", None)
    return Attr(value.member("name").text(), value.member("type").text(), default=default.default())


def _read_kernel(value: _Value) -> SelectedKernel:
    return SelectedKernel(
        op=value.member("op").text(),
        class_text=value.member("class").text(),
        device=value.member("device").text(),
        constraints=value.member("constraints").mapping(_Value.texts),
        file=value.member("file").text(),
        line=value.member("line").integer(),
        reasons=value.member("reasons", []).items(_read_reason),
        label=value.member("label", "").text(),
        priority=value.member("priority", 0).integer(),
        value_constraints=value.member("value_constraints", {}).mapping(_Value.plain_values),
    )


def _read_call(value: _Value) -> Call:
    return Call(
        model=value.member("model").text(),
        function=value.member("function").text(),
        caller=value.member("caller", "").text(),
        node=value.member("node").text(),
    )


def _read_source(value: _Value) -> Source:
    return Source(
        path=value.member("path").text(),
        kind=value.member("kind").text(),
        reasons=value.member("reasons").texts(),
        why=value.member("why", []).texts(),
    )


def _read_unresolved(value: _Value) -> Unresolved:
    return Unresolved(
        op=value.member("op").text(),
        types=value.member("types").mapping(_Value.texts),
        reasons=value.member("reasons").items(_read_reason),
        why=value.member("why").text(),
        allowed=value.member("allowed", False).boolean(),
    )


def _read_reason(value: _Value) -> Reason:
    return Reason(
        model=value.member("model").text(),
        function=value.member("function", "").text(),
        node=value.member("node", "").text(),
        rule=value.member("rule", "").text(),
        types=tuple(sorted(value.member("types", {}).mapping(_Value.texts).items())),
    )


_MISSING: Any = object()
_JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
}


class _Value:
    """A value of the document that knows its place in it, for messages: ``kernels[3].class``."""

    __slots__ = ("_file", "_place", "_value")

    def __init__(self, value: object, file: str, place: str) -> None:
        self._value = value
        self._file = file
        self._place = place

    def member(self, key: str, default: object = _MISSING) -> _Value:
        if not isinstance(self._value, dict):
            self._wrong("an object")
        value = self._value.get(key, default)
        place = f"{self._place}.{key}" if self._place else key
        if value is _MISSING:
            raise OpsieveError(f"{self._file}: {place} is missing", hint="give a selection that opsieve wrote")
        return _Value(value, self._file, place)

    def items(self, read: Callable[[_Value], _Row]) -> tuple[_Row, ...]:
        if not isinstance(self._value, list):
            self._wrong("a list")
        return tuple(read(_Value(item, self._file, f"{self._place}[{i}]")) for i, item in enumerate(self._value))

    def mapping(self, read: Callable[[_Value], _Row]) -> dict[str, _Row]:
        if not isinstance(self._value, dict):
            self._wrong("an object")
        return {key: read(_Value(item, self._file, f"{self._place}.{key}")) for key, item in self._value.items()}

    def texts(self) -> tuple[str, ...]:
        return self.items(_Value.text)

    def text(self) -> str:
        if not isinstance(self._value, str):
            self._wrong("a string")
        return self._value

    def integer(self) -> int:
        # A bool is an int to Python, not to JSON.
        if not isinstance(self._value, int) or isinstance(self._value, bool):
            self._wrong("a whole number")
        return self._value

    def switch(self) -> bool:
        if self._value not in ("on", "off"):
            self._wrong('"on" or "off"')
        return self._value == "on"

    def plain_values(self) -> tuple[str | int | bool, ...]:
        return self.items(_Value.plain_value)

    def plain_value(self) -> str | int | bool:
        if not isinstance(self._value, str | int):
            self._wrong("a string, a whole number, true or false")
        return self._value

    def default(self) -> str | tuple[str, ...] | None:
        if self._value is None or isinstance(self._value, str):
            return self._value
        return self.texts()

    def boolean(self) -> bool:
        if not isinstance(self._value, bool):
            self._wrong("true or false")
        return self._value

    def _wrong(self, expected: str) -> NoReturn:
        found = "null" if self._value is None else _JSON_NAMES[type(self._value)]
        place = self._place or "the document"
        raise OpsieveError(
            f"{self._file}: {place} must be {expected}, found {found}", hint="give a selection that opsieve wrote"
        )
