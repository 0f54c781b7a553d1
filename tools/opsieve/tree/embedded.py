"""The index that travels with opsieve, for use without a source tree."""

from __future__ import annotations

from opsieve.resources import resource
from opsieve.tree.document import read_index_file
from opsieve.tree.index import Index

EMBEDDED = "data/tensorflow-2.14.0-mobile.json.gz"


def embedded_index() -> Index:
    """The index of TensorFlow 2.14.0 under the preset ``mobile``, as ``opsieve index`` wrote it."""
    return read_index_file(resource(EMBEDDED))
