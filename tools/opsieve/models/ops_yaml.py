"""opsieve's own list of ops, in YAML:

.. code-block:: yaml

    ops:
      - MatMul                                   # every kernel of the op
      - Add: {T: [float, DT_INT32]}              # the kernels for these dtypes
      - Cast: {SrcT: float, DstT: [int32, half]}
      - {op: Sub, kernel: "BinaryOp<CPUDevice, functor::sub<float>>"}

The events of the YAML parser are read one by one: nothing is constructed, aliases are refused, depth is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from opsieve.dtypes import parse_dtype
from opsieve.errors import OpsieveError
from opsieve.models.contents import Contents
from opsieve.models.schema import Malformed
from opsieve.models.source import Source
from opsieve.models.usage import OpRequest

if TYPE_CHECKING:
    from yaml.events import Event

MAX_SIZE = 8 << 20
"""Bytes."""

_MAX_DEPTH = 8


class _Item:
    """A YAML value: ``value`` is a str (None for null), a list of _Item, or a dict of key to _Item."""

    __slots__ = ("value", "where")

    def __init__(self, value: Any, where: str) -> None:
        self.value = value
        self.where = where


def read_ops_yaml(source: Source) -> Contents:
    """The requests of a list of ops.

    Raises:
        Malformed: it is not YAML, or not such a list; with line and column.
        OpsieveError: it is larger than MAX_SIZE.
    """
    if source.size > MAX_SIZE:
        raise OpsieveError(
            f"{source.shown}: is a list of {source.size >> 20} MiB; at most {MAX_SIZE >> 20} MiB are read",
            hint="A list of ops has a line for each op",
        )
    document = _load(source.slice(0, source.size))
    if not isinstance(document.value, dict):
        raise Malformed("expected 'ops:' and a list", document.where)
    unknown = document.value.keys() - {"ops"}
    if unknown:
        raise Malformed(f"unknown key {min(unknown)!r}; only 'ops' is known", document.value[min(unknown)].where)
    items = document.value["ops"]
    if not isinstance(items.value, list):
        raise Malformed("'ops' must be a list", items.where)
    return Contents(requests=tuple(_request(item) for item in items.value))


def _request(item: _Item) -> OpRequest:
    if isinstance(item.value, str):
        return OpRequest(_op_name(item.value, item.where))
    if isinstance(item.value, dict) and "op" in item.value:
        return _kernel_request(item.value)
    if isinstance(item.value, dict) and len(item.value) == 1:
        [(op, types)] = item.value.items()
        return OpRequest(_op_name(op, item.where), types=_types(types))
    raise Malformed("expected an op's name, 'Op: {attr: [dtypes]}' or '{op: Op, kernel: Class}'", item.where)


def _kernel_request(fields: dict[str, _Item]) -> OpRequest:
    unknown = fields.keys() - {"op", "kernel"}
    if unknown:
        raise Malformed(f"unknown key {min(unknown)!r} beside 'op' and 'kernel'", fields[min(unknown)].where)
    op, kernel = fields["op"], fields.get("kernel")
    if not isinstance(op.value, str):
        raise Malformed("'op' must be the name of an op", op.where)
    if kernel is None:
        return OpRequest(_op_name(op.value, op.where))
    if not isinstance(kernel.value, str) or not kernel.value.strip():
        raise Malformed("'kernel' must be the class of a kernel", kernel.where)
    return OpRequest(_op_name(op.value, op.where), kernel_class=kernel.value)


def _types(item: _Item) -> dict[str, tuple[str, ...]]:
    if item.value is None:
        return {}
    if not isinstance(item.value, dict):
        raise Malformed("expected '{attr: [dtypes]}' after the op", item.where)
    result = {}
    for attr, dtypes in item.value.items():
        listed = dtypes.value if isinstance(dtypes.value, list) else [dtypes]
        if not listed:
            raise Malformed(f"no dtype for {attr!r}; leave it out to allow any", dtypes.where)
        result[attr] = tuple(dict.fromkeys(_dtype(each) for each in listed))
    return result


def _dtype(item: _Item) -> str:
    found = parse_dtype(item.value) if isinstance(item.value, str) else None
    if found is None:
        raise Malformed(
            f"{item.value!r} is not a dtype" if isinstance(item.value, str) else "expected a dtype", item.where
        )
    return found


def _op_name(name: str, where: str) -> str:
    if not name or any(character.isspace() for character in name):
        raise Malformed(f"{name!r} is not the name of an op", where)
    return name


def _load(raw: bytes) -> _Item:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = raw.decode("utf-8-sig")
        events: Iterator[Event] = yaml.parse(text, Loader=loader)
        return _document(events)
    except UnicodeDecodeError as error:
        raise Malformed("is not UTF-8", error.start) from None
    except yaml.MarkedYAMLError as error:
        what = " ".join(part for part in (error.problem, error.context) if part)
        raise Malformed(f"is not YAML: {what}", _where(error.problem_mark or error.context_mark)) from None
    except yaml.YAMLError as error:
        raise Malformed(f"is not YAML: {str(error).splitlines()[0]}") from None


def _document(events: Iterator[Event]) -> _Item:
    from yaml import events as kinds

    result: _Item | None = None
    for event in events:
        if isinstance(event, kinds.DocumentStartEvent):
            if result is not None:
                raise Malformed("there is a second YAML document", _where(event.start_mark))
        elif isinstance(event, kinds.NodeEvent):
            result = _item(event, events, 0)
    return result or _Item(None, "1:1")


def _item(event: Event, events: Iterator[Event], depth: int) -> _Item:
    from yaml import events as kinds

    where = _where(event.start_mark)
    if depth > _MAX_DEPTH:
        raise Malformed("lists and mappings nest too deep", where)
    if isinstance(event, kinds.AliasEvent):
        raise Malformed(f"the alias *{event.anchor} is not allowed here", where)
    if isinstance(event, kinds.ScalarEvent):
        # libyaml gives the style of a plain scalar as "", the Python parser as None.
        plain_null = not event.style and event.value in ("", "~", "null", "Null", "NULL")
        return _Item(None if plain_null else event.value, where)
    if isinstance(event, kinds.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), kinds.SequenceEndEvent):
            items.append(_item(event, events, depth + 1))
        return _Item(items, where)
    fields: dict[str, _Item] = {}
    while not isinstance(event := next(events), kinds.MappingEndEvent):
        key = _item(event, events, depth + 1)
        if not isinstance(key.value, str):
            raise Malformed("a key must be a word", key.where)
        if key.value in fields:
            raise Malformed(f"the key {key.value!r} is there twice", key.where)
        fields[key.value] = _item(next(events), events, depth + 1)
    return _Item(fields, where)


def _where(mark: Any) -> str:
    return f"{mark.line + 1}:{mark.column + 1}" if mark is not None else "1:1"
