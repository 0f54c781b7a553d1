"""Readers of linker maps, one for each linker."""

from opsieve.size.maps.read import read_link_map

__all__ = ["read_link_map"]
