"""What is fuzzed here: ``PYTHONPATH=tests python -m unit.size.maps.targets maps --cases 100000``."""

from __future__ import annotations

import io
from collections.abc import Sequence

from opsieve.size.maps.read import read_stream
from unit.size import fuzzing
from unit.size.maps import samples


def read(content: bytes) -> None:
    """Read a map; whatever is in it, all sizes and places are possible, and symbols belong to what there is."""
    link_map = read_stream(io.BytesIO(content), "it.map")
    for row in link_map.contributions:
        assert row.size >= 0
        assert row.address >= 0
        assert row.section
        assert row.object
    loaded = [row.address for row in link_map.contributions if row.loaded]
    assert loaded == sorted(loaded)
    assert all(row.loaded for row in link_map.contributions[: len(loaded)])
    for symbol in link_map.symbols:
        assert symbol.size >= 0
        assert 0 <= symbol.contribution < len(link_map.contributions)


def seeds() -> Sequence[bytes]:
    return [text.encode() for text in samples.ALL.values()]


TARGETS = {"maps": (read, seeds)}

if __name__ == "__main__":
    fuzzing.main(TARGETS)
