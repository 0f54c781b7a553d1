"""SavedModel: the folder, and its saved_model.pb or saved_model.pbtxt."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.models.contents import Contents, meta_graph
from opsieve.models.schema import META_GRAPH, SAVED_MODEL, Message
from opsieve.models.source import Source

DEFAULT_TAGS = frozenset({"serve"})
"""``tf.saved_model.SERVING`` (tensorflow/python/saved_model/tag_constants.py)."""

_FILES = ("saved_model.pb", "saved_model.pbtxt")  # tensorflow/cc/saved_model/constants.h
_TAGS_ONLY = Message("MetaGraphDef", META_GRAPH.by_name["meta_info_def"])


def graph_file(folder: Path, shown: str) -> Path:
    """The file of a SavedModel folder that holds the graph.

    Raises:
        OpsieveError: the folder is not a SavedModel.
    """
    for name in _FILES:
        try:
            if (folder / name).exists():
                return folder / name
        except OSError as error:
            raise OpsieveError(f"{shown}: cannot be read: {error.strerror or error}") from error
    raise OpsieveError(
        f"{shown}: is a folder without {' or '.join(_FILES)}, so it is not a SavedModel",
        hint="Give a SavedModel folder, or a file that holds a graph",
    )


def read_savedmodel(source: Source, tags: frozenset[str] | None) -> Contents:
    """The MetaGraphDef with these tags; without tags that of DEFAULT_TAGS, or the only one.

    Raises:
        Malformed: the file is damaged.
        OpsieveError: no MetaGraphDef has these tags, or more than one has.
    """
    from opsieve.models.wire import BYTES, Decoder

    decoder = Decoder(source)
    found = []
    offset = 0
    while offset < source.size:
        header = decoder.header(offset, source.size)
        if header.number == SAVED_MODEL.by_name["meta_graphs"].number and header.wire == BYTES:
            source.spend(1000, offset)
            information = decoder.decode(_TAGS_ONLY, header.start, header.stop).get("meta_info_def", {})
            found.append((header, frozenset(information.get("tags", ()))))
        offset = header.stop
    chosen = choose([each for _, each in found], tags, source.shown)
    header = found[chosen][0]
    return meta_graph(decoder.decode(META_GRAPH, header.start, header.stop))


def read_savedmodel_text(source: Source, tags: frozenset[str] | None) -> Contents:
    """What read_savedmodel() gives, of saved_model.pbtxt.

    Raises:
        Malformed: the file is damaged.
        OpsieveError: no MetaGraphDef has these tags, or more than one has.
    """
    from opsieve.models.text_format import parse_text

    meta_graphs = [meta_graph(each) for each in parse_text(SAVED_MODEL, source).get("meta_graphs", ())]
    return meta_graphs[choose([frozenset(each.tags) for each in meta_graphs], tags, source.shown)]


def choose(tag_sets: list[frozenset[str]], tags: Collection[str] | None, shown: str) -> int:
    """The index of the tag set to take.

    Raises:
        OpsieveError: none is right, or several are.
    """
    if not tag_sets:
        raise OpsieveError(f"{shown}: the SavedModel has no MetaGraphDef", hint="Export the model again")
    if tags is None and len(tag_sets) == 1:
        return 0
    wanted = DEFAULT_TAGS if tags is None else frozenset(tags)
    matches = [index for index, each in enumerate(tag_sets) if each == wanted]
    if len(matches) == 1:
        return matches[0]
    listed = ", ".join(_show(each) for each in sorted(tag_sets, key=sorted))
    problem = "more than one MetaGraphDef" if matches else "no MetaGraphDef"
    raise OpsieveError(f"{shown}: {problem} has the tags {_show(wanted)}", hint=f"The tag sets there are: {listed}")


def _show(tags: frozenset[str]) -> str:
    return "{" + ", ".join(sorted(tags)) + "}"
