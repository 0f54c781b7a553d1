"""Reading any model file."""

from __future__ import annotations

from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.models.contents import Contents
from opsieve.models.detect import detect
from opsieve.models.digest import Digest
from opsieve.models.reach import Reach, restrict
from opsieve.models.schema import Malformed
from opsieve.models.source import Source
from opsieve.models.usage import Model

_HINT = "The file may be damaged or incomplete; write or copy it again"


def read_model(path: str | Path, *, tags: frozenset[str] | None = None, reach: Reach | None = None) -> Model:
    """What a model needs, from a file in any format of ``usage.FORMATS`` or from a SavedModel folder.

    The format is recognised by content. ``tags`` chooses a MetaGraphDef of a SavedModel: without it the one with
    {"serve"}, or the only one. ``reach`` keeps only a part; without it everything is there.

    Raises:
        OpsieveError: the file cannot be read, is no such model, is damaged, or has no such tags, or no such part; says
            where, as a byte offset, as line:column, or as a place in the JSON.
    """
    shown = str(path)
    try:
        file = Path(path)
        if file.is_dir():
            from opsieve.models.savedmodel import graph_file

            file = graph_file(file, shown)
            shown = str(file)
        with Source(file, shown) as source, Digest(source) as digest:
            name, contents = _read(source, tags)
            _check(contents, shown, tags)
            model = _model(str(path), name, digest.hexdigest(), contents)
            # A list of ops has no parts.
            return restrict(model, reach, shown) if reach is not None and not model.requests else model
    except Malformed as error:
        where = f"byte {error.where}" if isinstance(error.where, int) else error.where
        raise OpsieveError(f"{shown}: {error.what}{f' (at {where})' if where else ''}", hint=_HINT) from None
    except OSError as error:
        raise OpsieveError(f"{shown}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        # Path() of a name with a zero byte.
        raise OpsieveError(f"{shown!r}: cannot be read: {error}") from error


def _read(source: Source, tags: frozenset[str] | None) -> tuple[str, Contents]:
    found = detect(source)
    if found == "json":
        from opsieve.models.json_file import read_json

        return read_json(source)
    if found == "ops-yaml":
        from opsieve.models.ops_yaml import read_ops_yaml

        return found, read_ops_yaml(source)
    if found in ("savedmodel", "savedmodel-text"):
        from opsieve.models.savedmodel import read_savedmodel, read_savedmodel_text

        return found, (read_savedmodel if found == "savedmodel" else read_savedmodel_text)(source, tags)
    if found in ("metagraph", "metagraph-text"):
        from opsieve.models.metagraph import read_metagraph, read_metagraph_text

        return "metagraph", (read_metagraph if found == "metagraph" else read_metagraph_text)(source)
    if found == "graphdef-text":
        from opsieve.models.graphdef_text import read_graphdef_text

        return found, read_graphdef_text(source)
    from opsieve.models.graphdef import read_graphdef

    return found, read_graphdef(source)


def _check(contents: Contents, shown: str, tags: frozenset[str] | None) -> None:
    if not contents.nodes and not contents.functions and not contents.requests:
        raise OpsieveError(f"{shown}: has no nodes", hint="An empty graph needs no ops; write the model again")
    if tags is not None and frozenset(contents.tags) != tags:
        there = "{" + ", ".join(contents.tags) + "}" if contents.tags else "none"
        wanted = "{" + ", ".join(sorted(tags)) + "}"
        raise OpsieveError(f"{shown}: does not have the tags {wanted}", hint=f"The tags there are: {there}")


def _model(path: str, name: str, digest: str, contents: Contents) -> Model:
    return Model(
        path=path,
        format=name,
        sha256=digest,
        nodes=contents.nodes,
        functions=contents.functions,
        gradients=contents.gradients,
        signatures=contents.signatures,
        requests=contents.requests,
        tags=contents.tags,
        producer=contents.producer,
        tensorflow_version=contents.tensorflow_version,
        saver=contents.saver,
        initializers=contents.initializers,
    )
