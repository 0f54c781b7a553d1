"""What a built library holds."""

from opsieve.binary.library import Library, Member
from opsieve.binary.read import read_library
from opsieve.binary.registry import Registered, registered

__all__ = ["Library", "Member", "Registered", "read_library", "registered"]
