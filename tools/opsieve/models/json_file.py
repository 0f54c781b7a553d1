"""JSON files: which of the forms it is, and how large one may be."""

from __future__ import annotations

import json
from typing import Any

from opsieve.errors import OpsieveError
from opsieve.models.contents import Contents
from opsieve.models.schema import Malformed
from opsieve.models.source import Source

MAX_SIZE = 64 << 20
"""Bytes. JSON is read whole and takes some twenty times its size; weights are not in it."""


def read_json(source: Source) -> tuple[str, Contents]:
    """The name of the format, of FORMATS, and what was read.

    Raises:
        Malformed: it is not JSON, or not of either form.
        OpsieveError: it is too large, or holds no graph.
    """
    document = load_json(source)
    if isinstance(document, list):
        from opsieve.models.ops_list import read_ops_list

        return "ops-list", read_ops_list(document)
    if "ops" in document:
        from opsieve.models.ops_yaml import read_ops_yaml

        return "ops-yaml", read_ops_yaml(source)  # JSON is YAML too.
    from opsieve.models.tfjs import read_tfjs

    return "tfjs", read_tfjs(source, document)


def load_json(source: Source) -> dict[str, Any] | list[Any]:
    """The document.

    Raises:
        Malformed: it is not JSON; with line and column.
        OpsieveError: it is larger than MAX_SIZE.
    """
    if source.size > MAX_SIZE:
        raise OpsieveError(
            f"{source.shown}: is a JSON file of {source.size >> 20} MiB; at most {MAX_SIZE >> 20} MiB are read",
            hint="Give the SavedModel or GraphDef instead",
        )
    raw = source.slice(0, source.size)
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Malformed("is not UTF-8", error.start) from None
    except json.JSONDecodeError as error:
        raise Malformed(f"is not JSON: {error.msg}", f"{error.lineno}:{error.colno}") from None
    except RecursionError:
        raise Malformed("JSON nests too deep") from None
    except ValueError as error:
        raise Malformed(f"is not JSON: {error}") from None
    if not isinstance(document, dict | list):
        raise Malformed("JSON of neither an object nor a list", "1:1")
    return document
