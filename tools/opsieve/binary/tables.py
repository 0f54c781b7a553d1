"""What tables in a file say, never beyond the file's end."""

from __future__ import annotations

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


def text_at(texts: memoryview, start: int, longest: int = _LONGEST_NAME) -> str:
    """A name in a table of names that end in NUL; empty where the table has none."""
    return bytes(texts[start : start + longest]).partition(b"\0")[0].decode("utf-8", "replace")
