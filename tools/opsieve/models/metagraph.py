"""MetaGraphDef (.meta), in binary and in text form. Of its collections only what loading runs is read."""

from __future__ import annotations

from opsieve.models.contents import Contents, meta_graph
from opsieve.models.schema import META_GRAPH
from opsieve.models.source import Source


def read_metagraph(source: Source) -> Contents:
    """The graph, tags and signatures of a binary MetaGraphDef.

    Raises:
        Malformed: the file is damaged.
    """
    from opsieve.models.wire import Decoder

    return meta_graph(Decoder(source).decode(META_GRAPH, 0, source.size))


def read_metagraph_text(source: Source) -> Contents:
    """The graph, tags and signatures of a MetaGraphDef in text form.

    Raises:
        Malformed: the file is damaged.
    """
    from opsieve.models.text_format import parse_text

    return meta_graph(parse_text(META_GRAPH, source))
