"""An index as JSON (schema 1), and the same rows as the cache keeps them."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from opsieve.errors import OpsieveError
from opsieve.files import write_if_changed
from opsieve.tree.index import Attr, Helper, Index, Kernel, OpDefinition, Skipped, Totals

SCHEMA = 1
MAX_BYTES = 256 << 20

_MAKE_ONE = "make one with `opsieve index TREE -o FILE`"

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


def helper_row(file: str, helpers: Iterable[Helper]) -> Row:
    """What ``file`` needs to link, as a row of ``helpers``."""
    return {"file": file, "needs": [{"path": helper.path, "reason": helper.reason} for helper in helpers]}


def helpers_of(row: Row) -> tuple[Helper, ...]:
    """The helpers of a row."""
    return tuple(Helper(need["path"], need["reason"]) for need in row["needs"])


def index_document(index: Index) -> Row:
    """The index as a JSON document; rows sorted, so that equal trees give equal bytes."""
    return {
        "schema": SCHEMA,
        "tensorflow": {"version": index.version, "preset": index.preset, "defines": dict(index.defines)},
        "totals": asdict(index.totals),
        "ops": [op_row(index.ops[name]) for name in sorted(index.ops)],
        "kernels": [kernel_row(kernel) for op in sorted(index.kernels) for kernel in index.kernels[op]],
        "skipped": [skipped_row(skipped) for skipped in index.skipped],
    }


def dump_index(index: Index) -> bytes:
    """The bytes of an index file: JSON with a row a line, which diffs well and can be read a row at a time."""
    document = index_document(index)
    lists = {key: document.pop(key) for key in ("ops", "kernels", "skipped")}
    lines = [json.dumps(document, ensure_ascii=False)[:-1]]
    if index.helpers is not None:
        lists["helpers"] = [helper_row(file, index.helpers[file]) for file in sorted(index.helpers)]
    for key, rows in lists.items():
        encoded = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        lines.append(f', "{key}": [\n{encoded}\n]')
    return ("".join(lines) + "}\n").encode("utf-8", "surrogateescape")


def load_index(content: bytes, path: Path | str) -> Index:
    """The index of an index file. Rows that stand on lines of their own are decoded when they are asked for.

    Raises:
        OpsieveError: not JSON, not an index, or of another schema; names ``path``. Also when a row is asked for that
            is not as it should be.
    """
    ops, kernels, helpers, rest = _rows_on_lines(content)
    try:
        document = json.loads(rest)
    except (ValueError, RecursionError) as error:
        raise OpsieveError(f"{path}: is not an index: {error}", hint=_MAKE_ONE) from error
    if not isinstance(document, dict) or not isinstance(document.get("kernels"), list):
        raise OpsieveError(f"{path}: is not an index", hint=_MAKE_ONE)
    if document.get("schema") != SCHEMA:
        what = f"is an index of schema {document.get('schema')}; this opsieve reads schema {SCHEMA}"
        raise OpsieveError(f"{path}: {what}", hint=_MAKE_ONE)
    try:
        for row in document["ops"]:
            ops[row["name"]] = row
        for row in document["kernels"]:
            kernels.setdefault(row["op"], []).append(row)
        for row in document.get("helpers", ()):
            helpers[row["file"]] = row
        tensorflow = document["tensorflow"]
        if "totals" in document:
            totals = Totals(**document["totals"])
        else:
            totals = count(map(_decoded, ops.values()), (_decoded(row) for rows in kernels.values() for row in rows))
        return Index(
            version=str(tensorflow["version"]),
            preset=str(tensorflow["preset"]),
            defines={str(name): str(value) for name, value in tensorflow["defines"].items()},
            ops=LazyRows(ops, _checked(lambda row: op_of(_decoded(row)), path)),
            kernels=LazyRows(kernels, _checked(lambda rows: tuple(kernel_of(_decoded(row)) for row in rows), path)),
            skipped=tuple(Skipped(**row) for row in document.get("skipped", ())),
            helpers=LazyRows(helpers, _checked(lambda row: helpers_of(_decoded(row)), path))
            if "helpers" in document
            else None,
            totals=totals,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _broken(path, error) from error


def _rows_on_lines(
    content: bytes,
) -> tuple[dict[str, Row | bytes], dict[str, list[Row | bytes]], dict[str, Row | bytes], bytes]:
    """Ops and kernels by op, and helpers by file, of the lines that are such a row as dump_index writes it; and all
    other lines."""
    ops: dict[str, Row | bytes] = {}
    kernels: dict[str, list[Row | bytes]] = {}
    helpers: dict[str, Row | bytes] = {}
    rest = []
    for line in content.split(b"\n"):
        if line.startswith(b'{"op":"'):
            kernels.setdefault(_name(line, 7), []).append(line)
        elif line.startswith(b'{"name":"'):
            ops[_name(line, 9)] = line
        elif line.startswith(b'{"file":"'):
            helpers[_name(line, 9)] = line
        else:
            rest.append(line)
    return ops, kernels, helpers, b"\n".join(rest)


def _name(line: bytes, start: int) -> str:
    name = line[start : line.find(b'"', start)]
    if b"\\" in name:
        # No op of TensorFlow's has a name with quotes or backslashes; a custom one is not stopped from it here.
        with contextlib.suppress(ValueError):
            row = _decoded(line)
            return str(row.get("op", row.get("name", row.get("file"))))
    return name.decode(errors="replace")


def _decoded(row: Row | bytes) -> Row:
    if isinstance(row, bytes):
        decoded: Row = json.loads(row.rstrip(b","))
        return decoded
    return row


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
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise _broken(path, error) from error

    return decoded


def _broken(path: Path | str, error: Exception) -> OpsieveError:
    return OpsieveError(
        f"{path}: a row of the index is not as it should be ({type(error).__name__}: {error})",
        hint=_MAKE_ONE,
    )


def count(ops: Iterable[Row], kernels: Iterable[Row]) -> Totals:
    """The totals of some rows."""
    devices: Counter[str] = Counter()
    files = set()
    for row in kernels:
        devices[row["device"]] += 1
        files.add(row["file"])
    return Totals(dict(sorted(devices.items())), len(files), len({row["file"] for row in ops}))
