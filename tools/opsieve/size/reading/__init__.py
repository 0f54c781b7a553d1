"""Reads how the bytes of a built file lie, for :mod:`opsieve.size.layout`.

By hand, on the bounded tables of :mod:`opsieve.binary`, rather than with pyelftools (an object and several seeks for
each symbol: tens of seconds for a real library) or LIEF (in C++, where a hostile file ends the process).
"""

from opsieve.size.reading.read import layout_of, read_layout

__all__ = ["layout_of", "read_layout"]
