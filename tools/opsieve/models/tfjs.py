"""JSON: TensorFlow.js's model.json, whose graph is a GraphDef in protobuf's JSON form.

https://protobuf.dev/programming-guides/json/ describes that form: names in camelCase or as in the .proto, enums by name
or number, ``bytes`` in base64, maps as objects. The weights that model.json lists are not looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from opsieve.dtypes import dtype_name
from opsieve.errors import OpsieveError
from opsieve.models.contents import BUILDERS, Contents, graph, signature
from opsieve.models.schema import GRAPH_DEF, MAX_BYTES_KEPT, MAX_DEPTH, SIGNATURE_DEF, Field, Malformed, Message, Tree
from opsieve.models.source import Source

SIGNATURE = "serving_default"
"""model.json does not name its one signature; this is the name that the converter takes by default."""


def read_tfjs(source: Source, document: dict[str, Any]) -> Contents:
    """The graph and signature of a model.json, or of a GraphDef in JSON form.

    The graph of ``modelInitializer``, which fills hash tables, counts as part of the graph.

    Raises:
        Malformed: it is not such a file; says at which place in the JSON.
        OpsieveError: it holds layers, not a graph.
    """
    topology = document if "node" in document else document.get("modelTopology")
    if not isinstance(topology, dict) or "node" not in topology:
        raise _no_graph(source, document, topology)
    result = _graph(source, topology, "$" if topology is document else "$.modelTopology")
    initializer = document.get("modelInitializer")
    if isinstance(initializer, dict) and "node" in initializer:
        more = _graph(source, initializer, "$.modelInitializer")
        known = {each.name for each in result.nodes}
        result.nodes += tuple(each for each in more.nodes if each.name not in known)
        result.functions = more.functions | result.functions
    metadata = document.get("userDefinedMetadata")
    found = document.get("signature") or (metadata.get("signature") if isinstance(metadata, dict) else None)
    if isinstance(found, dict):
        result.signatures = {
            SIGNATURE: signature(SIGNATURE, _Json(source).message(SIGNATURE_DEF, found, "$.signature"))
        }
    version = document.get("generatedBy")
    if isinstance(version, str) and re.match(r"\d+\.\d+", version):
        result.tensorflow_version = version
    return result


def _graph(source: Source, topology: dict[str, Any], where: str) -> Contents:
    return graph(_Json(source).message(GRAPH_DEF, topology, where))


def _no_graph(source: Source, document: dict[str, Any], topology: Any) -> OpsieveError:
    layers = isinstance(topology, dict) and ("model_config" in topology or "config" in topology)
    if layers or document.get("format") == "layers-model" or "class_name" in document or "model_config" in document:
        return OpsieveError(
            f"{source.shown}: holds Keras layers, not a graph",
            hint="Convert the model with --output_format=tfjs_graph_model, or give its SavedModel",
        )
    return OpsieveError(
        f"{source.shown}: is JSON without a graph: neither modelTopology.node nor a list of ops",
        hint="Give the model.json of a TensorFlow.js graph model, or a list like [['Add', '']] of ops and kernels",
    )


class _Json:
    """JSON values into trees by the schema."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def message(self, message: Message, value: Any, where: str, depth: int = 0) -> Tree:
        """The fields that the schema knows."""
        if not isinstance(value, dict):
            raise Malformed(f"expected an object, the {message.name}", where)
        if depth > MAX_DEPTH:
            raise Malformed(f"messages nest deeper than {MAX_DEPTH}", where)
        tree: Tree = {}
        for key, each in value.items():
            field = message.by_name.get(key) or message.by_name.get(_snake(key))
            if field is None or each is None:
                continue
            place = f"{where}.{key}"
            if field.kind == "map":
                tree[field.name] = self._map(field, each, place, depth)
            elif field.kind in ("packed", "present"):
                if each != []:
                    tree[field.name] = None
            elif field.repeated:
                if each != []:
                    tree[field.name] = self._list(field, each, place, depth)
            else:
                tree[field.name] = self._one(field, each, place, depth)
        return tree

    def _map(self, field: Field, value: Any, where: str, depth: int) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Malformed("expected an object", where)
        if field.message is None:
            text = Field("value", 2, "string")
            return {key: self._one(text, each, f"{where}.{key}", depth) for key, each in value.items()}
        return {key: self.message(field.message, each, f"{where}.{key}", depth + 1) for key, each in value.items()}

    def _list(self, field: Field, value: Any, where: str, depth: int) -> list[Any]:
        if not isinstance(value, list):
            raise Malformed("expected a list", where)
        return [self._one(field, each, f"{where}[{index}]", depth) for index, each in enumerate(value)]

    def _one(self, field: Field, value: Any, where: str, depth: int) -> Any:
        if field.message is not None:
            tree = self.message(field.message, value, where, depth + 1)
            build = BUILDERS.get(field.message)
            try:
                return build(tree) if build else tree
            except Malformed as error:
                raise Malformed(error.what, where) from None
        if field.kind == "bytes":
            return _bytes(value, where)
        if field.kind == "dtype":
            return _dtype(value, where)
        if field.kind == "bool":
            if not isinstance(value, bool):
                raise Malformed("expected true or false", where)
            return value
        if field.kind in ("int", "int64"):
            return _int(value, where)
        if not isinstance(value, str):
            raise Malformed("expected a string", where)
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Malformed("a name is not UTF-8", where) from None
        return value


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: "_" + found.group().lower(), name)


def _bytes(value: Any, where: str) -> bytes | None:
    if isinstance(value, list):  # Early converters wrote the codes of the characters.
        try:
            return bytes(value[: MAX_BYTES_KEPT + 1])
        except (TypeError, ValueError):
            raise Malformed("expected base64", where) from None
    if not isinstance(value, str):
        raise Malformed("expected base64", where)
    if len(value) > 2 * MAX_BYTES_KEPT:
        return b""
    try:
        padded = value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4)
        raw = base64.b64decode(padded, altchars=b"-_" if "-" in value or "_" in value else None, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("expected base64", where) from None
    return raw if len(raw) <= MAX_BYTES_KEPT else None


def _dtype(value: Any, where: str) -> str:
    if isinstance(value, str) and value.startswith("DT_"):
        return value
    return dtype_name(_int(value, where))


def _int(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Malformed("expected a whole number", where)
    try:
        return int(value)
    except ValueError:
        raise Malformed(f"{value[:40] if isinstance(value, str) else value!r} is not a whole number", where) from None
