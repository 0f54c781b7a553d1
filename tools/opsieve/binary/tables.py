"""What tables in a file say, never beyond the file's end."""

from __future__ import annotations

from dataclasses import dataclass, field

from opsieve.errors import OpsieveError

_LONGEST_NAME = 200


def slice_of(data: memoryview, start: int, size: int, what: str, name: str) -> memoryview:
    """A piece of the file.

    Raises:
        OpsieveError: it is not all there.
    """
    if start + size > len(data):
        raise OpsieveError(
            f"{name}: {what} at byte {start} has {size} bytes, and the file only {len(data)}",
            hint="it is cut short or damaged",
        )
    return data[start : start + size]


@dataclass(slots=True)
class ReadOnce:
    """Pieces of a file that are unpacked: all of them are no more than it, unless they lie over each other."""

    data: memoryview
    name: str
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = len(self.data)

    def slice_of(self, start: int, size: int, what: str) -> memoryview:
        """A piece.

        Raises:
            OpsieveError: it is not all there, or pieces lie over each other.
        """
        piece = slice_of(self.data, start, size, what, self.name)
        self.left -= size
        if self.left < 0:
            raise OpsieveError(f"{self.name}: sections lie over each other", hint="it is damaged")
        return piece


def text_at(texts: memoryview, start: int, longest: int = _LONGEST_NAME) -> str:
    """A name in a table of names that end in NUL; empty where the table has none."""
    return bytes(texts[start : start + longest]).partition(b"\0")[0].decode("utf-8", "replace")
