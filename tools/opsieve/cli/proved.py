"""What was missing from a library when it was last read: it is read again only when it, or what is asked, changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from opsieve.errors import OpsieveError
from opsieve.files import write_if_changed
from opsieve.resources import own_state

if TYPE_CHECKING:
    from opsieve.selection.selection import Selection
    from opsieve.tree.index import Index


class Proved:
    """The answer for one library, in a file beside what builds it.

    It holds as long as the library looks the same (size and time stamp, as make does) and opsieve, the tree's index and
    what is selected are the same. An index without a state, made without the cache, has none.
    """

    def __init__(self, place: Path, library: Path, selection: Selection, index: Index) -> None:
        self._place = place if index.state else None
        found = library.stat()
        asked = [
            own_state(),
            index.state,
            index.defines,
            [op.name for op in selection.ops],
            [(kernel.op, kernel.class_text) for kernel in selection.kernels],
            [library.name, found.st_size, found.st_mtime_ns],
        ]
        self._of = hashlib.sha256(json.dumps(asked).encode("utf-8", "surrogateescape")).hexdigest()

    def recall(self) -> tuple[str, ...] | None:
        """What was missing; None where that is not known."""
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            if self._place is not None:
                kept = json.loads(self._place.read_bytes())
                if kept["of"] == self._of and all(isinstance(name, str) for name in kept["missing"]):
                    return tuple(kept["missing"])
        return None

    def remember(self, missing: tuple[str, ...]) -> None:
        """Keep the answer; a full disk only costs time."""
        if self._place is not None:
            with contextlib.suppress(OpsieveError):
                write_if_changed(self._place, json.dumps({"of": self._of, "missing": missing}).encode())
