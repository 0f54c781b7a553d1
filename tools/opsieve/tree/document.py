"""An index as JSON (schema 1), and the same rows as the cache keeps them."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from opsieve.errors import OpsieveError
from opsieve.files import write_if_changed
from opsieve.tree.index import Attr, Index, Kernel, OpDefinition, Skipped, Totals

SCHEMA = 1
MAX_BYTES = 256 << 20

Row = dict[str, Any]
_Value = TypeVar("_Value")


@dataclass(slots=True)
class UnitRows:
    """What one .cc registers. ``dependencies``: every file of the tree that was read for it."""

    path: str
    dependencies: tuple[str, ...] = ()
    kernels: list[Row] = field(default_factory=list)
    ops: list[Row] = field(default_factory=list)
    skipped: list[Row] = field(default_factory=list)


class LazyRows(Mapping[str, _Value], Generic[_Value]):
    """A mapping whose values are decoded when first asked for: a model needs some sixty of an index's 1,400 ops."""

    def __init__(self, raw: Mapping[str, Any], decode: Callable[[Any], _Value]) -> None:
        self._raw = raw
        self._decode = decode
        self._decoded: dict[str, _Value] = {}

    def __getitem__(self, name: str) -> _Value:
        if name not in self._decoded:
            self._decoded[name] = self._decode(self._raw[name])
        return self._decoded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, name: object) -> bool:
        return name in self._raw


def kernel_row(kernel: Kernel) -> Row:
    """A kernel as a row of ``kernels``."""
    row: Row = {
        "op": kernel.op,
        "class": kernel.class_text,
        "device": kernel.device,
        "label": kernel.label,
        "priority": kernel.priority,
        "constraints": {attr: list(dtypes) for attr, dtypes in kernel.constraints.items()},
        "host_memory": list(kernel.host_memory),
        "system": kernel.system,
        "file": kernel.file,
        "line": kernel.line,
    }
    if kernel.value_constraints:
        row["value_constraints"] = {attr: list(values) for attr, values in kernel.value_constraints.items()}
    return row


def kernel_of(row: Row) -> Kernel:
    """The kernel of a row."""
    return Kernel(
        op=row["op"],
        class_text=row["class"],
        device=row["device"],
        constraints={attr: tuple(dtypes) for attr, dtypes in row["constraints"].items()},
        file=row["file"],
        line=row["line"],
        label=row.get("label", ""),
        priority=row.get("priority", 0),
        host_memory=tuple(row.get("host_memory", ())),
        system=row.get("system", False),
        value_constraints={attr: tuple(values) for attr, values in row.get("value_constraints", {}).items()},
    )


def op_row(op: OpDefinition) -> Row:
    """An op definition as a row of ``ops``."""
    attrs = []
    for attr in op.attrs:
        described: Row = {"name": attr.name, "type": attr.type}
        if attr.allowed:
            described["allowed"] = list(attr.allowed)
        if attr.default is not None:
            described["default"] = list(attr.default) if isinstance(attr.default, tuple) else attr.default
        attrs.append(described)
    row: Row = {"name": op.name, "attrs": attrs, "inputs": list(op.inputs), "outputs": list(op.outputs)}
    if op.system:
        row["system"] = True
    return row | {"file": op.file, "line": op.line}


def op_of(row: Row) -> OpDefinition:
    """The op definition of a row."""
    attrs = []
    for attr in row["attrs"]:
        default = attr.get("default")
        attrs.append(
            Attr(
                attr["name"],
                attr["type"],
                tuple(attr.get("allowed", ())),
                tuple(default) if isinstance(default, list) else default,
            )
        )
    return OpDefinition(
        row["name"],
        tuple(attrs),
        row["file"],
        row["line"],
        tuple(row.get("inputs", ())),
        tuple(row.get("outputs", ())),
        row.get("system", False),
    )


def skipped_row(skipped: Skipped) -> Row:
    """A skipped registration as a row of ``skipped``."""
    return {"text": skipped.text, "file": skipped.file, "line": skipped.line, "why": skipped.why}


def index_document(index: Index) -> Row:
    """The index as a JSON document; rows sorted, so that equal trees give equal bytes."""
    return {
        "schema": SCHEMA,
        "tensorflow": {"version": index.version, "preset": index.preset, "defines": dict(index.defines)},
        "ops": [op_row(index.ops[name]) for name in sorted(index.ops)],
        "kernels": [kernel_row(kernel) for op in sorted(index.kernels) for kernel in index.kernels[op]],
        "skipped": [skipped_row(skipped) for skipped in index.skipped],
    }


def dump_index(index: Index) -> bytes:
    """The bytes of an index file: JSON with a row a line, which diffs well and reads quickly."""
    document = index_document(index)
    lists = {key: document.pop(key) for key in ("ops", "kernels", "skipped")}
    lines = [json.dumps(document, ensure_ascii=False)[:-1]]
    for key, rows in lists.items():
        encoded = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        lines.append(f', "{key}": [\n{encoded}\n]')
    return ("".join(lines) + "}\n").encode("utf-8", "surrogateescape")


def load_index(content: bytes, path: Path | str) -> Index:
    """The index of an index file.

    Raises:
        OpsieveError: not JSON, not an index, or of another schema; names ``path``.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise OpsieveError(
            f"{path}: is not an index: {error}", hint="make one with `opsieve index TREE -o FILE`"
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("kernels"), list):
        raise OpsieveError(f"{path}: is not an index", hint="make one with `opsieve index TREE -o FILE`")
    if document.get("schema") != SCHEMA:
        raise OpsieveError(
            f"{path}: is an index of schema {document.get('schema')}; this opsieve reads schema {SCHEMA}",
            hint="make it again with `opsieve index TREE -o FILE`",
        )
    try:
        tensorflow = document["tensorflow"]
        return Index(
            version=str(tensorflow["version"]),
            preset=str(tensorflow["preset"]),
            defines={str(name): str(value) for name, value in tensorflow["defines"].items()},
            ops=LazyRows({row["name"]: row for row in document["ops"]}, _checked(op_of, path)),
            kernels=LazyRows(_by_op(document["kernels"]), _checked(_kernels_of, path)),
            skipped=tuple(Skipped(**row) for row in document.get("skipped", ())),
            totals=count(document["ops"], document["kernels"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _broken(path, error) from error


def read_index_file(path: Path) -> Index:
    """The index of a file, compressed or not.

    Raises:
        OpsieveError: the file cannot be read, or is not an index.
    """
    try:
        with open(path, "rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if content[:2] == b"\x1f\x8b":
            import gzip

            with gzip.open(path, "rb") as compressed:
                content = compressed.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise OpsieveError(f"{path}: cannot be read: {error}") from error
    if len(content) > MAX_BYTES:
        raise OpsieveError(f"{path}: larger than {MAX_BYTES >> 20} MiB, which no index is")
    return load_index(content, path)


def write_index_file(index: Index, path: Path) -> None:
    """Write an index as JSON, compressed where the name ends in ``.gz``.

    Raises:
        OpsieveError: the file cannot be written.
    """
    content = dump_index(index)
    if path.suffix == ".gz":
        import gzip

        content = gzip.compress(content, 9, mtime=0)
    write_if_changed(path, content)


def _checked(decode: Callable[[Any], _Value], path: Path | str) -> Callable[[Any], _Value]:
    def decoded(raw: Any) -> _Value:
        try:
            return decode(raw)
        except (KeyError, TypeError, AttributeError) as error:
            raise _broken(path, error) from error

    return decoded


def _broken(path: Path | str, error: Exception) -> OpsieveError:
    return OpsieveError(
        f"{path}: a row of the index is not as it should be ({type(error).__name__}: {error})",
        hint="make it again with `opsieve index TREE -o FILE`",
    )


def count(ops: Iterable[Row], kernels: Iterable[Row]) -> Totals:
    """The totals of some rows."""
    devices: Counter[str] = Counter()
    files = set()
    for row in kernels:
        devices[row["device"]] += 1
        files.add(row["file"])
    return Totals(dict(sorted(devices.items())), len(files), len({row["file"] for row in ops}))


def _by_op(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["op"], []).append(row)
    return grouped


def _kernels_of(rows: list[Row]) -> tuple[Kernel, ...]:
    return tuple(kernel_of(row) for row in rows)
