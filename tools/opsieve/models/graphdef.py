"""GraphDef in binary form."""

from __future__ import annotations

from opsieve.models.contents import Contents, graph
from opsieve.models.schema import GRAPH_DEF
from opsieve.models.source import Source
from opsieve.models.wire import Decoder


def read_graphdef(source: Source) -> Contents:
    """The nodes and functions of a binary GraphDef.

    Raises:
        Malformed: the file is damaged.
    """
    return graph(Decoder(source).decode(GRAPH_DEF, 0, source.size))
