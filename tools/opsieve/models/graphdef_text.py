"""GraphDef in text form (.pbtxt)."""

from __future__ import annotations

from opsieve.models.contents import Contents, graph
from opsieve.models.schema import GRAPH_DEF
from opsieve.models.source import Source
from opsieve.models.text_format import parse_text


def read_graphdef_text(source: Source) -> Contents:
    """The nodes and functions of a GraphDef in text form.

    Raises:
        Malformed: the file is damaged.
    """
    return graph(parse_text(GRAPH_DEF, source))
