"""What a command found, in the terms that CI systems share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` says for programs what was looked at: "size.ops". ``title`` is one line, ``lines`` say more.

    ``failed``: a limit was passed. ``file`` and ``line`` are where a person would change it; line 0 for none.
    """

    check: str
    name: str
    title: str
    lines: tuple[str, ...] = ()
    failed: bool = False
    file: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join((self.title, *self.lines))
